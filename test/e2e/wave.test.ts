import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'

const fleet = Array.from({ length: 45 }, (_, index) => `fleet/${String(index).padStart(2, '0')}`)

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'wave',
    `defaults: { timezone: UTC, window: 24h, timeout: 10m }
schedules:
  fleet: { when: cron(0 3 ? * SUN *), secrets: [${fleet.join(', ')}], concurrency: 45 }
  hooked: { when: cron(0 4 ? * SUN *), secrets: [app/hooked], before: [{ invoke: check }], after: [{ invoke: smoke }] }
  vetoed: { when: cron(0 5 ? * SUN *), secrets: [app/vetoed], before: [{ invoke: veto }] }
  hanging: { when: cron(0 6 ? * SUN *), secrets: [app/hanging], before: [{ invoke: hang, timeout: 1s }] }
  tagged: { when: cron(0 7 ? * SUN *), secrets: { prefix: tagged/ } }
`,
  )
  const others = ['app/hooked', 'app/vetoed', 'app/hanging', 'tagged/a', 'tagged/b']
  await Promise.all([...fleet, ...others].map((name) => on.secret(name)))
})
afterAll(() => on.stop())

/** Delivers an on-demand request to the orchestrator and waits for its answer. */
async function deliver(schedule: string): Promise<{ outcomes: object; rotationIds: string[] }> {
  const Payload = JSON.stringify({
    requestId: `r-${schedule}`,
    schedule,
    scheduledAt: new Date().toISOString(),
  })
  const answer = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: namesOf('wave').rotateAlias, Payload }),
  )
  expect(answer.FunctionError).toBeUndefined()
  return JSON.parse(answer.Payload?.transformToString() ?? '')
}

async function onlyRotation(rotationIds: string[]): Promise<Rotation | undefined> {
  expect(rotationIds).toHaveLength(1)
  return on.ledger.get(rotationIds[0] ?? '')
}

describe.concurrent('the orchestrator on the durable SDK', () => {
  it('parts a wave of 45 secrets over executions of its own, and counts their outcomes', async () => {
    expect(await deliver('fleet')).toMatchObject({ outcomes: { SUCCEEDED: 45 }, rotationIds: [] })
    const executions = new Set<string>()
    for await (const rotation of on.ledger.query('bySchedule', 'fleet')) executions.add(rotation.executionArn)
    expect(executions.size).toBe(2)
  })

  it('runs hooks around the rotation, as Lambda functions', async () => {
    const seen: object[] = []
    on.aws.functions.set('check', async (event) => void seen.push(event as object))
    on.aws.functions.set('smoke', async (event) => {
      seen.push(event as object)
      return { ok: true }
    })
    const { rotationIds } = await deliver('hooked')
    expect(await onlyRotation(rotationIds)).toMatchObject({ status: 'SUCCEEDED' })
    expect(seen).toMatchObject([
      { hook: 'before', secret: 'app/hooked', rotationId: rotationIds[0], trigger: 'ON_DEMAND' },
      { hook: 'after', secret: 'app/hooked', versionId: rotationIds[0] },
    ])
    expect(JSON.stringify(seen)).not.toMatch(/value of/)
  })

  it('heeds a veto', async () => {
    on.aws.functions.set('veto', async () => ({ ok: false, reason: 'the batch still runs' }))
    const { rotationIds } = await deliver('vetoed')
    expect(await onlyRotation(rotationIds)).toMatchObject({
      status: 'SKIPPED',
      reason: 'VETOED',
      message: 'before-hook veto: the batch still runs',
    })
  })

  it('does not wait for a hook beyond its timeout', async () => {
    on.aws.functions.set('hang', () => new Promise(() => {}))
    const { rotationIds } = await deliver('hanging')
    const rotation = await onlyRotation(rotationIds)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'HOOK_FAILED' })
    expect(rotation?.message).toBe('before-hook hang, after 3 tries: no answer in 1 s')
  })

  it('rotates what a selector chooses', async () => {
    expect(await deliver('tagged')).toMatchObject({ outcomes: { SUCCEEDED: 2 } })
  })
})
