import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditReport } from '../../src/audit/audit.ts'
import { openAuditStates } from '../../src/ledger/audit-state.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { until } from '../local/fixture.ts'
import { eventBridgeEvent, executionEvent } from './events.ts'

const MINUTE = 60_000
const NAMES = namesOf('audited')

/** A daily expression whose last occurrence was so long ago. */
function minutesAgo(minutes: number): string {
  const at = new Date(Date.now() - minutes * MINUTE)
  return `cron(${at.getUTCMinutes()} ${at.getUTCHours()} * * ? *)`
}

const WHEN = { open: minutesAgo(10), closed: minutesAgo(120), later: minutesAgo(-600) }

let on: Stage
let audit: () => Promise<AuditReport>
let observe: (event: unknown) => Promise<string>

beforeAll(async () => {
  on = await startStage(
    'audited',
    `defaults: { timezone: UTC, window: 30m, timeout: 20s }
schedules:
  open: { when: "${WHEN.open}", secrets: [app/open] }
  closed: { when: "${WHEN.closed}", secrets: [app/closed] }
  later: { when: "${WHEN.later}", secrets: [app/failing, app/native], maxAge: 1h, notice: [7d, 12h] }
`,
  )
  await on.secret('app/open')
  await on.secret('app/closed')
  await on.secret('app/failing', 'throw')
  await on.secret('app/native')
  audit = (await import('../../handlers/audit.ts')).handler
  observe = (await import('../../handlers/observe.ts')).handler
})
afterAll(() => on.stop())

async function rotationsOf(schedule: string): Promise<Rotation[]> {
  const found: Rotation[] = []
  for await (const rotation of on.ledger.query('bySchedule', schedule)) found.push(rotation)
  return found
}

/** What was put on the bus, once for an id. */
function eventsOf(detailType: string): Record<string, unknown>[] {
  const put = on.aws.putEvents.filter(({ DetailType }) => DetailType === detailType)
  const details = put.map(({ Detail }) => JSON.parse(Detail) as { id: string })
  return [...new Map(details.map((detail) => [detail.id, detail])).values()]
}

describe('the audit’s handler', () => {
  it('catches up what its window allows, and writes MISSED for the rest, twice at once', async () => {
    expect(await audit()).toMatchObject({ caughtUp: 0, missed: 0, errors: 0, moved: true })
    const table = DynamoDBDocumentClient.from(new DynamoDBClient({}))
    const states = openAuditStates(openTable(table, NAMES.ledgerTable))
    const { state, revision } = await states.get()
    if (!state) throw new Error('the audit has left no watermark')
    expect(Object.keys(state.marks).sort()).toEqual(['closed', 'later', 'open'])
    // As if it had been away for three hours.
    const was = new Date(Date.now() - 180 * MINUTE).toISOString()
    const marks = Object.entries(state.marks).map(([name, mark]) => [name, { ...mark, until: was }])
    await states.put({ ...state, ranAt: was, marks: Object.fromEntries(marks) }, revision)

    const reports = await Promise.all([audit(), audit()])
    expect(reports.filter(({ moved }) => moved)).toHaveLength(1)
    await until(
      async () => (await rotationsOf('open'))[0]?.status === 'SUCCEEDED',
      'the occurrence was not caught up',
    )
    expect(await rotationsOf('open')).toMatchObject([{ trigger: 'CATCH_UP', status: 'SUCCEEDED' }])
    expect(await rotationsOf('closed')).toMatchObject([
      { status: 'MISSED', reason: 'NOT_DELIVERED', trigger: 'SCHEDULE', events: [{ status: 'MISSED' }] },
    ])
    expect(on.aws.calls.filter(({ action }) => action === 'RotateSecret').length).toBe(4 + 1)
    expect(await audit()).toMatchObject({ caughtUp: 0, missed: 0, errors: 0, unfinished: false })
    const missed = on.aws.published.filter(({ text }) => text.includes('MISSED NOT_DELIVERED'))
    expect(missed.map(({ topic }) => topic)).toContain(
      'arn:aws:sns:eu-central-1:000000000000:tourbillon-audited-alerts',
    )
    // Two at once may both tell, by the same id; one that follows does not.
    expect(missed.length).toBeLessThanOrEqual(2)
    expect(eventsOf('Rotation Missed')).toEqual([expect.objectContaining({ schedule: 'closed' })])
    expect(on.aws.calls.some(({ action }) => action === 'GetSecretValue')).toBe(false)
  })
})

describe('a notice', () => {
  const given = () => on.aws.published.filter(({ attributes }) => attributes.id?.startsWith('notice/'))

  it('was given once for each occurrence ahead, by all the audits until now', async () => {
    await Promise.all([audit(), audit(), audit()])
    const ids = given().map(({ attributes }) => attributes.id)
    expect(ids.length).toBe(7)
    expect(new Set(ids).size).toBe(7)
    expect(given()[0]).toMatchObject({
      topic: 'arn:aws:sns:eu-central-1:000000000000:tourbillon-audited-alerts',
      subject: expect.stringMatching(/^\[audited\] In .*: later, 2 secrets, /),
      text: expect.stringContaining('npx aws-tourbillon skip --stage audited later --at '),
    })
  })
})

describe('the observer’s handler', () => {
  it('gives a failing rotation its reason early, and a native one its record', async () => {
    const told: Promise<string>[] = []
    on.aws.secretsManager.listeners.push((event) => {
      // Once what the event tells of is over, as on AWS.
      const later = new Promise((resolve) => setImmediate(resolve))
      told.push(later.then(() => observe(eventBridgeEvent(event))))
    })
    const request = { requestId: 'r', secrets: ['app/failing'], scheduledAt: new Date().toISOString() }
    const invoked = new LambdaClient({}).send(
      new InvokeCommand({ FunctionName: NAMES.rotateAlias, Payload: JSON.stringify(request) }),
    )
    await on.secretsManager.send(new RotateSecretCommand({ SecretId: 'app/native' }))
    await invoked
    const [failed] = await rotationsOf('on-demand')
    expect(failed).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(failed?.message).toMatch(/Error when executing lambda .*throw during createSecret step/)
    await until(async () => (await rotationsOf('external')).length > 0, 'no EXTERNAL record')
    expect(await rotationsOf('external')).toMatchObject([
      { trigger: 'EXTERNAL', status: 'SUCCEEDED', secretName: 'app/native' },
    ])
    expect(await Promise.all(told)).toEqual(expect.arrayContaining(['failure noted', 'external']))
    expect(await observe({ source: 'aws.s3' })).toBe('no event of ours')
    expect(eventsOf('Rotation Succeeded')).toContainEqual(
      expect.objectContaining({ trigger: 'EXTERNAL', secretName: 'app/native' }),
    )
  })

  it('settles what a run has left that Lambda says is dead, and tells people', async () => {
    const { VersionIdsToStages = {} } = await on.secretsManager.send(
      new DescribeSecretCommand({ SecretId: 'app/open' }),
    )
    const [versionId = ''] =
      Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? []
    const now = new Date().toISOString()
    const executionArn = `${on.aws.arnOfFunction('audited')}:1/durable-execution/dead/1`
    const rotationId = 'd'.repeat(36)
    await on.ledger.claim({
      ...{ rotationId, schedule: 'open', secret: 'app/open', secretName: 'app/open', executionArn },
      ...{ scheduledAt: now, claimedAt: now, trigger: 'SCHEDULE', configVersion: '0' },
      limits: { windowSeconds: 60, timeoutSeconds: 20, beforeSeconds: 0, afterSeconds: 0 },
    })
    await on.ledger.transition(rotationId, ['CLAIMED'], {
      status: 'ROTATING',
      at: now,
      startedAt: now,
      versionId,
    })
    const end = executionEvent(executionArn, 'TIMED_OUT', Date.now())
    expect(await observe(end)).toBe('run ended')
    expect(await on.ledger.get(rotationId)).toMatchObject({ status: 'SUCCEEDED', guessed: true })
    expect(await observe(end)).toBe('nothing to note')
    expect(on.aws.published.some(({ text }) => /1 lost run/.test(text))).toBe(true)
  })
})
