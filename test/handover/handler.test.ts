import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditReport } from '../../src/audit/audit.ts'
import { deploy, type LocalEcsService } from '../../src/local/ecs.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { until } from '../local/fixture.ts'
import { forced } from './world.ts'

const NAMES = namesOf('handed')

let on: Stage
let audit: () => Promise<AuditReport>

beforeAll(async () => {
  on = await startStage(
    'handed',
    `defaults: { timezone: UTC, window: 24h, timeout: 10m }
schedules:
  single:
    when: cron(0 3 ? * SUN *)
    secrets: [app/single, app/other]
    consumers: [{ ecs: shop/api }, { ssm: restart }, { invoke: warm, secrets: [app/single] }, { observe: reports }]
  alternating:
    when: cron(0 4 ? * SUN *)
    secrets: [app/alternating]
    strategy: alternating
    consumers: [{ ecs: shop/canary }, { ecs: shop/rest }]
  late: { when: cron(0 5 ? * SUN *), secrets: [app/late], consumers: [{ ecs: shop/late }] }
  called: { when: cron(0 7 ? * SUN *), secrets: [app/called], consumers: [{ invoke: broken }] }
  nobody: { when: cron(0 6 ? * SUN *), secrets: [app/nobody], consumers: [{ observe: reports }] }
`,
  )
  for (const name of ['single', 'other', 'alternating', 'late', 'called', 'nobody'])
    await on.secret(`app/${name}`)
  audit = (await import('../../handlers/audit.ts')).handler
})
afterAll(() => on.stop())

function service(name: string, ...rollouts: LocalEcsService['rollouts']): LocalEcsService {
  const made: LocalEcsService = { desired: 2, rollouts: [{ takesMs: 0 }], deployments: [] }
  deploy(made, Date.now() - 60_000)
  made.rollouts = rollouts
  on.aws.ecsServices.set(name, made)
  return made
}

/** Rotates on demand, and answers with the records as they then stand. */
async function rotate(request: object): Promise<Rotation[]> {
  const Payload = JSON.stringify({
    requestId: `r-${JSON.stringify(request).replaceAll(/\W/g, '')}`,
    scheduledAt: new Date().toISOString(),
    ...request,
  })
  const answer = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: NAMES.rotateAlias, Payload }),
  )
  const { rotationIds } = JSON.parse(answer.Payload?.transformToString() ?? '') as { rotationIds: string[] }
  return Promise.all(rotationIds.map(record))
}

async function record(rotationId: string): Promise<Rotation> {
  const rotation = await on.ledger.get(rotationId)
  if (!rotation) throw new Error(`${rotationId} is not in the ledger`)
  return rotation
}

async function ended({ rotationId }: Pick<Rotation, 'rotationId'>): Promise<Rotation> {
  await until(async () => (await record(rotationId)).handover?.status !== 'RUNNING', 'it did not end')
  return record(rotationId)
}

describe('after a rotation, on the local AWS with the SDK’s own clients', () => {
  it('consumers of its secret take the new value, and the rotation’s outcome is its own', async () => {
    const api = service('shop/api', { takesMs: 500 })
    on.aws.runbooks.set('restart', { takesMs: 300 })
    const called: object[] = []
    on.aws.functions.set('warm', async (event) => void called.push(event as object))
    const [rotation] = await rotate({ secrets: ['app/single'] })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', handover: { status: 'RUNNING' } })
    const { handover, status } = await ended(rotation as Rotation)
    expect(status).toBe('SUCCEEDED')
    expect(handover).toMatchObject({
      status: 'DONE',
      consumers: [
        { id: 'ecs:shop/api', state: 'FRESH' },
        { id: 'ssm:restart', state: 'FRESH' },
        { id: 'invoke:warm', state: 'FRESH' },
      ],
    })
    expect([forced(api), on.aws.runbookExecutions.size]).toEqual([1, 1])
    expect(called).toMatchObject([
      { rotationId: rotation?.rotationId, secret: 'app/single', consumer: 'invoke:warm' },
    ])
    expect(JSON.stringify([called, handover])).not.toMatch(/value of/)
    expect(on.aws.calls.some(({ action }) => action === 'GetSecretValue')).toBe(false)
  })

  it('a consumer of some secrets is left alone for the others', async () => {
    service('shop/api', { takesMs: 0 })
    on.aws.runbooks.set('restart', {})
    const [rotation] = await rotate({ secrets: ['app/other'] })
    const { handover } = await ended(rotation as Rotation)
    expect(handover?.consumers.map(({ id }) => id)).toEqual(['ecs:shop/api', 'ssm:restart'])
  })

  it('a lost answer, throttling and a failure of AWS come to one deployment', async () => {
    const api = service('shop/api', { takesMs: 0 })
    on.aws.runbooks.set('restart', {})
    const before = on.aws.runbookExecutions.size
    on.aws.faults.push(
      { service: 'ecs', action: 'DescribeServices', times: 1, kind: 'throttle' },
      { service: 'ecs', action: 'UpdateService', times: 1, kind: 'lost-response' },
      { service: 'ssm', action: 'StartAutomationExecution', times: 1, kind: 'lost-response' },
      { service: 'ssm', action: 'GetAutomationExecution', times: 1, kind: 'error' },
    )
    const [rotation] = await rotate({ secrets: ['app/other'], reason: 'again' })
    expect((await ended(rotation as Rotation)).handover?.status).toBe('DONE')
    expect([forced(api), on.aws.runbookExecutions.size - before]).toEqual([1, 1])
  })

  it('alternating: a failure stops, is told, and leaves the rotation SUCCEEDED', async () => {
    service('shop/canary', { takesMs: 1_000, ends: 'rolled back' })
    const rest = service('shop/rest', { takesMs: 0 })
    const [rotation] = await rotate({ schedule: 'alternating' })
    const seen = await ended(rotation as Rotation)
    expect(seen).toMatchObject({
      status: 'SUCCEEDED',
      handover: { status: 'FAILED', strategy: 'alternating' },
    })
    expect(forced(rest)).toBe(0)
    const shown = await on.run('show', seen.rotationId)
    expect(shown.stdout).toMatch(/handover +FAILED: 0 of 2 fresh; ecs:shop\/canary FAILED/)
    expect((await on.run('status')).stdout).toMatch(
      /1 not handed over[\s\S]*NOT HANDED OVER[\s\S]*undo --config/,
    )
    const before = on.aws.calls.length
    const advice = await on.run('undo', seen.rotationId.slice(0, 13))
    expect(advice.stdout).toMatch(
      /Two users: the old login lives[\s\S]*update-secret-version-stage[\s\S]*--cluster shop --service canary/,
    )
    const asked = new Set(on.aws.calls.slice(before).map(({ action }) => action))
    expect([...asked].filter((it) => !/^(Query|GetItem|BatchGetItem|GetCallerIdentity)$/.test(it))).toEqual(
      [],
    )
    await until(
      () => on.aws.published.some(({ text }) => text.includes('ecs:shop/canary')),
      'nobody was told',
    )
    const told = on.aws.published.filter(({ text }) => text.includes('ecs:shop/canary'))
    expect(told[0]?.text).toMatch(/0 of 2 fresh; ecs:shop\/canary FAILED/)
  })

  it('a function whose answers are all lost is UNKNOWN: it may have run', async () => {
    let calls = 0
    on.aws.functions.set('broken', async () => void calls++)
    const match = (input: unknown) => JSON.stringify(input).includes('invoke:broken')
    on.aws.faults.push({ service: 'lambda', action: 'Invoke', times: 3, kind: 'lost-response', match })
    const [lost] = await rotate({ schedule: 'called' })
    const { handover } = await ended(lost as Rotation)
    expect(handover).toMatchObject({ status: 'PARTIAL', consumers: [{ state: 'UNKNOWN', sent: 3 }] })
    expect(calls).toBe(3)
  })

  it('nobody to refresh: no handover', async () => {
    const [rotation] = await rotate({ schedule: 'nobody' })
    expect(rotation?.status).toBe('SUCCEEDED')
    expect(rotation).not.toHaveProperty('handover')
  })

  it('what could not be started the audit starts, and what is past its limit it ends as PARTIAL', async () => {
    const late = service('shop/late', { takesMs: 0 })
    const fault = {
      service: 'lambda',
      action: 'Invoke',
      kind: 'error',
      code: 'ResourceNotFoundException',
    } as const
    const match = (input: unknown) =>
      JSON.stringify(input) !== '{}' && String(JSON.stringify(input)).includes('rotationId')
    on.aws.faults.push({ ...fault, times: 9, match })
    const [rotation] = await rotate({ schedule: 'late' })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', handover: { status: 'RUNNING' } })
    expect(on.aws.faults.at(-1)?.times).toBeLessThan(9)
    on.aws.faults.length = 0
    await audit()
    // Not untouched for long enough.
    expect(forced(late)).toBe(0)
    await setHandover(rotation as Rotation, (it) => {
      for (const consumer of it.consumers) consumer.since = new Date(Date.now() - 300_000).toISOString()
    })
    await audit()
    expect((await ended(rotation as Rotation)).handover?.status).toBe('DONE')
    expect(forced(late)).toBe(1)

    const [another] = await rotate({ schedule: 'late', reason: 'stuck' })
    await ended(another as Rotation)
    await setHandover(another as Rotation, (it) => {
      Object.assign(it, { status: 'RUNNING', until: new Date(Date.now() - 1_000).toISOString() })
      Object.assign(it.consumers[0] ?? {}, { state: 'REFRESHING' })
    })
    await audit()
    expect((await record(another?.rotationId ?? '')).handover?.status).toBe('PARTIAL')
    expect(
      on.aws.putEvents.some(({ Detail }) => Detail.includes('"HANDOVER"') && Detail.includes('shop/late')),
    ).toBe(true)
  })
})

/** As if time had gone by. */
async function setHandover(
  { rotationId }: Rotation,
  change: (it: NonNullable<Rotation['handover']>) => void,
) {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb')
  const { DynamoDBDocumentClient, UpdateCommand } = await import('@aws-sdk/lib-dynamodb')
  const { handover } = await record(rotationId)
  if (!handover) throw new Error('no handover')
  change(handover)
  await DynamoDBDocumentClient.from(new DynamoDBClient({})).send(
    new UpdateCommand({
      TableName: NAMES.ledgerTable,
      Key: { id: rotationId },
      UpdateExpression: 'SET handover = :it, unsettled = :open',
      ExpressionAttributeValues: { ':it': handover, ':open': 'handover' },
    }),
  )
}
