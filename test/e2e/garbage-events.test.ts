import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'

const NAMES = namesOf('garbage')

/** A minute whose occurrence is near enough to be caught up. */
const near = new Date(Date.now() - 120_000)

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'garbage',
    `defaults: { timezone: UTC, window: 30m, timeout: 20s }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [app/one] }
  off: { when: "cron(${near.getUTCMinutes()} ${near.getUTCHours()} * * ? *)", secrets: [app/off], enabled: false }
`,
  )
  await on.secret('app/one')
  await on.secret('app/off')
})
afterAll(() => on.stop())

async function invoked(event: unknown) {
  const { FunctionError, Payload } = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: NAMES.rotateAlias, Payload: JSON.stringify(event) }),
  )
  return { error: FunctionError, answer: JSON.parse(Payload?.transformToString() || 'null') }
}

async function rotationsOf(schedule: string): Promise<Rotation[]> {
  const found: Rotation[] = []
  for await (const rotation of on.ledger.query('bySchedule', schedule)) found.push(rotation)
  return found
}

describe('an event that makes no sense', () => {
  it.each([
    [
      { requestId: 'r1', secrets: ['app/one'], scheduledAt: 'garbage' },
      /scheduledAt "garbage": it is no instant/,
    ],
    [{ requestId: null, secrets: ['app/one'], scheduledAt: near.toISOString() }, /requestId "null"/],
    [{ requestId: 'r2', secrets: 'app/one', scheduledAt: near.toISOString() }, /secrets "app\/one": a list/],
    [
      { requestId: 'r3', secrets: ['app/one'], scheduledAt: near.toISOString(), dryRun: true },
      /unknown key "dryRun"/,
    ],
    [
      { requestId: 'r4', secrets: ['app/one'], scheduledAt: near.toISOString(), override: null },
      /override "null"/,
    ],
    [{ schedule: 'nightly', scheduledAt: 'soon' }, /scheduledAt "soon"/],
    [{ wave: {} }, /wave\.name/],
    [null, /an object is expected/],
    [7, /an object is expected/],
  ])('ends at once, says why, and does nothing: %j', async (event, expected) => {
    const before = on.aws.calls.filter(({ action }) => action === 'RotateSecret').length
    const { error, answer } = await invoked(event)
    expect(error).toBe('Unhandled')
    expect(answer.errorMessage).toMatch(expected)
    expect(on.aws.calls.filter(({ action }) => action === 'RotateSecret').length).toBe(before)
    expect([...(await rotationsOf('on-demand')), ...(await rotationsOf('nightly'))]).toEqual([])
  })

  it('of the observer is ignored: an error would bring it again', async () => {
    const observe: (event: unknown) => Promise<string> = (await import('../../handlers/observe.ts')).handler
    for (const event of [null, 'x', [], {}, { source: 'aws.secretsmanager', detail: null }]) {
      expect(await observe(event)).toBe('no event of ours')
    }
  })
})

describe('a schedule that is disabled', () => {
  it.each([[{}], [{ catchUp: true }]])('rotates nothing, whoever wakes it: %j', async (rest) => {
    const scheduledAt = `${near.toISOString().slice(0, 16)}:00Z`
    await invoked({ schedule: 'off', scheduledAt, ...rest })
    expect(await rotationsOf('off')).toMatchObject([{ status: 'SKIPPED', reason: 'DISABLED' }])
    expect(on.aws.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(2)
  })
})
