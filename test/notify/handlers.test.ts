import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openNotifiedFindings } from '../../src/ledger/notified-findings.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { logOutput } from '../../src/runtime/logger.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { CHAT } from './chat-schema.ts'

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/event.schema.json'), 'utf8')),
)
const NAMES = namesOf('told')

let on: Stage
const lines: Record<string, unknown>[] = []
beforeAll(async () => {
  on = await startStage(
    'told',
    `defaults: { timezone: Asia/Tokyo, window: 24h, timeout: 20s, notify: { sns: ops } }
schedules:
  mixed: { when: cron(0 3 ? * SUN *), secrets: [app/good, app/none] }
  late: { when: cron(0 5 ? * SUN *), window: 1m, secrets: [${Array.from({ length: 45 }, (_, it) => `late/${it}`).join(', ')}] }
  quiet: { when: cron(0 4 ? * SUN *), secrets: [app/none] }
`,
  )
  await on.secret('app/good')
  await on.secret('app/none', 'none')
  logOutput.write = (line) => void lines.push(JSON.parse(line))
})
afterAll(() => on.stop())

async function deliver(schedule: string, scheduledAt = new Date().toISOString()): Promise<void> {
  const Payload = JSON.stringify({ requestId: `r-${schedule}`, schedule, scheduledAt })
  const answer = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: NAMES.rotateAlias, Payload }),
  )
  expect(answer.FunctionError).toBeUndefined()
}

const eventsOf = (schedule: string) =>
  on.aws.putEvents
    .map(({ Source, DetailType, Detail }) => ({
      source: Source,
      'detail-type': DetailType,
      detail: JSON.parse(Detail),
    }))
    .filter(({ detail }) => detail.schedule === schedule)

describe('the orchestrator’s handler, on the durable SDK', () => {
  it('puts an event for each transition, once through all its replays, and sends one text', async () => {
    await deliver('mixed')
    const events = eventsOf('mixed')
    for (const event of events) expect(SCHEMA.safeParse(event).error).toBeUndefined()
    const types = events.map((event) => event['detail-type'])
    expect(types.sort()).toEqual([
      'Rotation Claimed',
      'Rotation Claimed',
      'Rotation Failed',
      'Rotation Rotating',
      'Rotation Succeeded',
      'Wave Ended',
    ])
    expect(on.aws.putEvents.find(({ DetailType }) => DetailType === 'Rotation Succeeded')?.Resources).toEqual(
      [expect.stringMatching(/:secret:app\/good-/)],
    )
    expect(on.aws.published).toMatchObject([
      {
        topic: 'arn:aws:sns:eu-central-1:000000000000:ops',
        subject: '[told] FAILED: mixed, 1 failed, 1 succeeded of 2',
        attributes: { id: expect.stringMatching(/^wave\//) },
      },
    ])
    const [{ text } = { text: '' }] = on.aws.published
    expect(text).toMatch(/^When: .* Asia\/Tokyo \(.* UTC\)$/m)
    expect(text).toContain('FAILED ROTATION_NOT_CONFIGURED\nWhy: ')
    // Who is subscribed by https gets the form for chats.
    const chat = CHAT.parse(JSON.parse(on.aws.published[0]?.forHttps ?? ''))
    expect(chat.content.title).toBe('[told] FAILED: mixed, 1 failed, 1 succeeded of 2')
    expect(JSON.stringify([on.aws.putEvents, on.aws.published])).not.toMatch(/value of/)
  })

  it('writes each outcome’s numbers once, as CloudWatch reads them', () => {
    const measured = lines.filter(({ message }) => message === 'measured')
    expect(measured).toMatchObject([{ Schedule: 'mixed' }, { Schedule: 'mixed' }])
    expect(measured.filter(({ Succeeded }) => Succeeded === 1)).toHaveLength(1)
    expect(measured.filter(({ Failed }) => Failed === 1)).toHaveLength(1)
  })

  it('does its work where nobody can be told', async () => {
    const was = on.aws.published.length
    on.aws.faults.push(
      { service: 'events', action: 'PutEvents', times: 1_000, kind: 'error' },
      {
        service: 'sns',
        action: 'Publish',
        times: 1_000,
        kind: 'error',
        code: 'AuthorizationError',
        status: 403,
      },
    )
    await deliver('quiet')
    const rotations = []
    for await (const rotation of on.ledger.query('bySchedule', 'quiet')) rotations.push(rotation)
    expect(rotations).toMatchObject([{ status: 'FAILED', reason: 'ROTATION_NOT_CONFIGURED' }])
    expect(eventsOf('quiet')).toEqual([])
    expect(on.aws.published.length).toBe(was)
    const failures = lines.filter(({ message }) => message === 'could not announce')
    expect(failures.map(({ what }) => what).sort()).toEqual(['event', 'event', 'text'])
  })
})

it('a wave that is delivered after its window is one text, by default, over however many executions it is parted', async () => {
  on.aws.faults.length = 0
  const was = on.aws.published.length
  await deliver('late', new Date(Date.now() - 3_600_000).toISOString())
  const [told, ...more] = on.aws.published.slice(was)
  expect([told?.subject, more]).toEqual(['[told] SKIPPED: late, 45 skipped of 45', []])
  expect(told?.text).toMatch(/^SKIPPED WINDOW_CLOSED\nWhy: .*\nWhat to do: [\s\S]*and 35 more: /m)
})

it('the table remembers what was told', async () => {
  const told = openNotifiedFindings(
    openTable(DynamoDBDocumentClient.from(new DynamoDBClient({})), NAMES.ledgerTable),
  )
  const [before, at, after] = [1, 2, 3].map((hour) => `2026-11-29T0${hour}:00:00.000Z`) as [
    string,
    string,
    string,
  ]
  await told.note(['a', 'b'], at)
  expect(await told.notNotified(['a', 'b', 'c'], before)).toEqual(['c'])
  expect(await told.notNotified(['a', 'c'], at)).toEqual(['a', 'c'])
  expect(await told.notNotified(['a', 'c'], after)).toEqual(['a', 'c'])
})
