import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executionNameOf } from '../../src/aws/start-execution.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { RotateNowAnswer } from '../../src/rotation/rotate-now.ts'
import { type Stage, startStage } from '../cli/stage.ts'

const NAMES = namesOf('asked')

/** Two secrets of one name, in two regions. */
const NAMESAKES = ['eu-central-1', 'us-east-1'].map(
  (region) => `arn:aws:secretsmanager:${region}:000000000000:secret:app/both-Ab12Cd`,
)

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'asked',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  pair: { when: cron(0 3 ? * SUN *), secrets: [app/a, app/b] }
  third: { when: cron(0 4 ? * SUN *), secrets: [app/c, app/lost, app/apart] }
  here: { when: cron(0 5 ? * SUN *), secrets: ['${NAMESAKES[0]}'] }
  there: { when: cron(0 5 ? * SUN *), region: us-east-1, secrets: ['${NAMESAKES[1]}'] }
`,
  )
  await Promise.all(['a', 'b', 'c', 'lost', 'apart'].map((name) => on.secret(`app/${name}`)))
})
afterAll(() => on.stop())

/** As `serverless invoke -f rotateNow -d '…'`. */
async function ask(event: unknown): Promise<RotateNowAnswer & { errorType?: string; errorMessage?: string }> {
  const request = { FunctionName: NAMES.rotateNowFunction, Payload: JSON.stringify(event) }
  const { Payload } = await new LambdaClient({}).send(new InvokeCommand(request))
  return JSON.parse(Payload?.transformToString() ?? '')
}

async function versionsOf(secret: string): Promise<number> {
  const { VersionIdsToStages = {} } = await on.secretsManager.send(
    new DescribeSecretCommand({ SecretId: secret }),
  )
  return Object.keys(VersionIdsToStages).length
}

const settled = async (rotationId = '') => (await on.ledger.get(rotationId))?.status

describe('rotateNow', () => {
  it.each([
    [{ secrets: ['app/a'], override: null }, 'override'],
    [{ secrets: ['app/a'], override: ' ' }, 'override'],
    [{ secrets: 'app' }, 'secrets'],
    [{ secrets: ['app/a'], requestId: null }, 'requestId'],
    [{ secrets: ['app/a'], dryRun: 'false' }, 'dryRun'],
    [null, 'object'],
  ])('answers %j with what is wrong, and does nothing', async (event, word) => {
    const { errorType, errorMessage } = await ask(event)
    expect([errorType, errorMessage]).toEqual(['RequestError', expect.stringContaining(word)])
    expect(await versionsOf('app/a')).toBe(1)
  })

  it('an id is for one request: the same one is answered the same, another is told what it was used for', async () => {
    const event = { secrets: ['app/a', 'app/b'], requestId: 'CHG-1', reason: 'first', requester: 'ana' }
    const first = await ask(event)
    // Another order, twice, and other words: the same request all the same.
    const again = await ask({ ...event, secrets: ['app/b', 'app/a', 'app/a'], reason: 'second' })
    expect(again).toEqual({ ...first, alreadyStarted: true })
    for (const other of [
      { secrets: ['app/c'] },
      { schedule: 'pair' },
      { secrets: ['app/a', 'app/b'], override: 'incident 7' },
      { secrets: ['app/a', 'app/b'], at: new Date(Date.now() + 60_000).toISOString() },
    ]) {
      const { errorType, errorMessage } = await ask({ requestId: 'CHG-1', ...other })
      expect(errorType).toBe('RequestError')
      expect(errorMessage).toMatch(
        /^requestId CHG-1 was used for something else, by ana at .*Z: app\/a, app\/b at .*: choose another$/,
      )
    }
    for (const { rotationId } of first.rotations ?? [])
      await expect.poll(() => settled(rotationId)).toBe('SUCCEEDED')
    expect([await versionsOf('app/a'), await versionsOf('app/b'), await versionsOf('app/c')]).toEqual([
      2, 2, 1,
    ])
  })

  it('asked again, a start that got lost is made good, with what was asked for first', async () => {
    on.aws.faults.push({
      ...{ service: 'lambda', action: 'Invoke', times: 1, kind: 'error' },
      ...{ code: 'AccessDeniedException', status: 403, message: 'not now' },
      match: (input) => typeof input === 'object' && input !== null && 'scheduledAt' in input,
    })
    const event = { secrets: ['app/lost'], requestId: 'CHG-lost', reason: 'first' }
    expect(await ask(event)).toMatchObject({
      errorType: 'StartUnknown',
      errorMessage:
        'whether it has started is not known: not now. Asked again with requestId CHG-lost, it starts once',
    })
    const answer = await ask(event)
    expect(answer).toMatchObject({ alreadyStarted: true, execution: expect.stringMatching(/^arn:/) })
    await expect.poll(() => settled(answer.rotations?.[0]?.rotationId)).toBe('SUCCEEDED')
    expect(await versionsOf('app/lost')).toBe(2)
  })

  it('an id that was used for one secret is not for its namesake elsewhere', async () => {
    const [here, there] = NAMESAKES
    expect(await ask({ secrets: [here], requestId: 'CHG-both' })).toMatchObject({
      rotations: [{ secret: here }],
    })
    const { errorMessage } = await ask({ secrets: [there], requestId: 'CHG-both' })
    expect(errorMessage).toMatch(/^requestId CHG-both was used for something else/)
  })

  it('is told where something else runs under the name of its execution, and is no start', async () => {
    const scheduledAt = new Date(Date.now() + 60_000).toISOString()
    const request = { secrets: ['app/c'], requestId: 'CHG-name', scheduledAt }
    const DurableExecutionName = executionNameOf('tourbillon-asked', 'run-CHG-name', JSON.stringify(request))
    const other = { requestId: 'other', secrets: ['app/apart'], scheduledAt: new Date().toISOString() }
    await new LambdaClient({}).send(
      new InvokeCommand({
        ...{ FunctionName: NAMES.rotateAlias, InvocationType: 'Event', DurableExecutionName },
        Payload: JSON.stringify(other),
      }),
    )
    const { errorType, errorMessage } = await ask({
      secrets: ['app/c'],
      requestId: 'CHG-name',
      at: scheduledAt,
    })
    expect(errorType).toBe('NameTaken')
    expect(errorMessage).toMatch(/is taken in this account and region, by something else/)
    expect(await versionsOf('app/c')).toBe(1)
  })
})

describe('the name of an execution', () => {
  const name = executionNameOf('tourbillon-prod', 'run-CHG-1', '{}')

  it('says what it is, and keeps to Lambda’s rule, however long or strange what it is made of', () => {
    expect(name).toMatch(/^tourbillon-prod-run-CHG-1-[0-9a-f]{24}$/)
    const strange = `catch-up-7-${'ü'.repeat(80)}#2026-11-29T03:00:00.000Z`
    for (const stage of ['tourbillon-a', `tourbillon-${'x'.repeat(60)}`]) {
      expect(executionNameOf(stage, strange, '{}')).toMatch(/^[a-zA-Z0-9-_]{1,64}$/)
    }
  })

  it('is another for another stage, request or payload: two stages never share', () => {
    const others = [
      executionNameOf('tourbillon-dev', 'run-CHG-1', '{}'),
      executionNameOf('tourbillon-prod', 'run-CHG-2', '{}'),
      executionNameOf('tourbillon-prod', 'run-CHG-1', '{"a":1}'),
      executionNameOf('tourbillon', 'prod-run-CHG-1', '{}'),
    ]
    expect(new Set([name, ...others]).size).toBe(5)
    expect(executionNameOf('tourbillon-prod', 'run-CHG-1', '{}')).toBe(name)
  })
})
