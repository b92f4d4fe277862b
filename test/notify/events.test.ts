import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Finding } from '../../src/model/finding.ts'
import { EVENT_SOURCE } from '../../src/model/resource-names.ts'
import type { Status } from '../../src/model/rotation.ts'
import { type Event, eventsOf, findingEvent, withOwners } from '../../src/notify/events.ts'
import type { Notification } from '../../src/rotation/notification.ts'
import { entry } from '../schedules/entry.ts'
import { AT, approval, rotation, waveOf } from './records.ts'

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/event.schema.json'), 'utf8')),
)
const NOW = Date.parse(AT)

/** As EventBridge would deliver it. */
const delivered = ({ detailType, detail }: Event) =>
  JSON.parse(JSON.stringify({ source: EVENT_SOURCE, 'detail-type': detailType, detail }))

const whole = rotation({
  status: 'FAILED',
  reason: 'HOOK_FAILED',
  message: 'after-hook smoke: no answer',
  secretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/orders/db-Ab12Cd',
  account: '111122223333',
  region: 'eu-west-1',
  requester: 'ana@desk',
  requestReason: 'CHG-7',
  override: 'incident',
  approval: { approvalId: 'k7q-m2f-9x1', by: 'ana@desk' },
  startedAt: AT,
  rotatedAt: AT,
  settledAt: AT,
  skewMs: 412,
  durationMs: 4_000,
  previousVersionId: 'p',
  versionId: 'v',
  adopted: true,
  failure: { at: AT, message: 'AWS’s words', final: true },
  proof: { at: AT, versionId: 'v' },
  sending: { from: AT, labels: { AWSCURRENT: 'p' } },
  runEnd: { executionArn: 'run', status: 'STOPPED', at: AT },
  zoneData: '2026b',
  deliveredFor: AT,
  saw: { node: '24.1.0', wokeLateMs: 1 },
  guessed: true,
  concerns: ['STARTED_LATE'],
  events: [
    { at: AT, status: 'CLAIMED' },
    { at: AT, status: 'ROTATING' },
    { at: AT, status: 'FAILED', reason: 'HOOK_FAILED', message: 'after-hook smoke: no answer' },
  ],
})

describe('events', () => {
  it('follow the schema that is shipped', () => {
    const kinds = Object.keys({
      CAUGHT_UP: 0,
      LATE_DELIVERY: 0,
      MISSED: 0,
      LOST_RUN: 0,
      LATE_SUCCESS: 0,
      OVERDUE: 0,
      NATIVE_FIRST: 0,
      NOT_AUDITED: 0,
      UNACCOUNTED: 0,
      UNKNOWN_DELIVERY: 0,
      NOTHING_MATCHED: 0,
      SECRETS_NOT_LISTED: 0,
      NOT_FETCHED: 0,
      ADOPTION_UNKNOWN: 0,
      HANDOVER: 0,
      STILL_BEHIND: 0,
      OBJECTIVE_MISSED: 0,
    } satisfies Record<Finding['kind'], 0>) as Finding['kind'][]
    const news: Notification[] = [
      { about: 'rotation', rotation: whole, since: 0 },
      { about: 'rotation', rotation: rotation(), since: 0 },
      { about: 'wave', wave: waveOf([whole]) },
      { about: 'approval', approval: approval() },
      {
        about: 'approval',
        approval: approval({ status: 'APPROVED', by: 'ana', answeredAt: AT, callbackId: 'c' }),
      },
    ]
    const events = [
      ...news.flatMap((it) => eventsOf(it, 'prod', NOW)),
      ...kinds.map((kind) => findingEvent({ kind, key: 'k', schedule: 's', message: 'm' }, 'prod', NOW)),
    ]
    expect(events).toHaveLength(3 + 1 + 1 + 1 + 1 + kinds.length)
    for (const event of events) expect(SCHEMA.safeParse(delivered(event)).error).toBeUndefined()
  })

  it('names the owner and the runbook of its schedule, where the config does', () => {
    const about = { owner: 'payments', runbook: 'https://wiki.example.com/a', description: 'd' }
    const known = { ...entry({ name: 'month-end' }), ...about }
    const news: Notification[] = [
      { about: 'rotation', rotation: whole, since: 2 },
      { about: 'wave', wave: waveOf([whole]) },
      { about: 'approval', approval: approval() },
    ]
    const events = [
      ...news.flatMap((it) => eventsOf(it, 'prod', NOW)),
      findingEvent({ kind: 'MISSED', key: 'k', schedule: 'month-end', message: 'm' }, 'prod', NOW),
      findingEvent({ kind: 'MISSED', key: 'k', schedule: 'other', message: 'm' }, 'prod', NOW),
      findingEvent({ kind: 'NOT_AUDITED', key: 'k', message: 'm' }, 'prod', NOW),
    ]
    const named = withOwners(events, { schedules: [known, entry({ name: 'other' })] })
    expect(named.slice(0, 4).map(({ detail }) => [detail.owner, detail.runbook, detail.description])).toEqual(
      Array.from({ length: 4 }, () => ['payments', 'https://wiki.example.com/a', undefined]),
    )
    expect(named.slice(4)).toEqual(events.slice(4))
    for (const event of named) expect(SCHEMA.safeParse(delivered(event)).error).toBeUndefined()
  })

  it('would be caught by it with a field that it does not know, or without one that it wants', () => {
    const [event] = eventsOf({ about: 'rotation', rotation: whole, since: 2 }, 'prod', NOW)
    if (!event) throw new Error('no event')
    const { source, detail, ...rest } = delivered(event)
    for (const wrong of [
      { ...detail, password: 'x' },
      { ...detail, schemaVersion: 2 },
      { ...detail, id: undefined },
    ]) {
      expect(SCHEMA.safeParse({ source, ...rest, detail: wrong }).success).toBe(false)
    }
  })

  it('are one for each transition, each by an id of its own that stays', () => {
    const events = eventsOf({ about: 'rotation', rotation: whole, since: 0 }, 'prod', NOW)
    expect(
      events.map(({ detailType, detail }) => [detailType, detail.id, detail.previousStatus, detail.reason]),
    ).toEqual([
      ['Rotation Claimed', `${whole.rotationId}/0`, undefined, undefined],
      ['Rotation Rotating', `${whole.rotationId}/1`, 'CLAIMED', undefined],
      ['Rotation Failed', `${whole.rotationId}/2`, 'ROTATING', 'HOOK_FAILED'],
    ])
    expect(eventsOf({ about: 'rotation', rotation: whole, since: 2 }, 'prod', NOW)).toEqual(events.slice(2))
  })

  it.each<[Status, string]>([
    ['CLAIMED', 'Rotation Claimed'],
    ['ROTATING', 'Rotation Rotating'],
    ['SUCCEEDED', 'Rotation Succeeded'],
    ['FAILED', 'Rotation Failed'],
    ['TIMED_OUT', 'Rotation Timed Out'],
    ['SKIPPED', 'Rotation Skipped'],
    ['MISSED', 'Rotation Missed'],
  ])('%s is %s', (status, detailType) => {
    const news: Notification = {
      about: 'rotation',
      rotation: rotation({ events: [{ at: AT, status }] }),
      since: 0,
    }
    expect(eventsOf(news, 'prod', NOW)).toMatchObject([{ detailType, detail: { status } }])
  })
})
