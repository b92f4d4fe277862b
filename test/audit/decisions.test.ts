import { describe, expect, it } from 'vitest'
import { judge, type OccurrenceFacts } from '../../src/audit/judge.ts'
import { judgeSecret } from '../../src/audit/judge-secret.ts'
import { outcomeOf } from '../../src/audit/lost-runs.ts'
import { furthestBehind, watermarksOf } from '../../src/audit/watermark.ts'
import type { Seen } from '../../src/aws/secrets.ts'
import type { Config, Schedule } from '../../src/config/config.ts'
import type { Approval } from '../../src/ledger/approvals.ts'
import { type Hold, heldAt } from '../../src/model/hold.ts'
import { limitsOf, lostFrom, silentFrom } from '../../src/model/limits.ts'
import type { Rotation, Status } from '../../src/model/rotation.ts'

const INSTANT = Date.parse('2026-11-29T03:00:00Z')
const minutes = (n: number) => INSTANT + n * 60_000
const iso = (instant: number) => new Date(instant).toISOString()

const schedule: Schedule = {
  name: 'nightly',
  when: 'cron(0 3 * * ? *)',
  timezone: 'UTC',
  secrets: ['a', 'b'],
  windowSeconds: 1_800,
  timeoutSeconds: 300,
  precision: 'minute',
  concurrency: 10,
  enabled: true,
  ignoreFreezes: [],
}

function rotation(status: Status, at = minutes(1), parts: Partial<Rotation> = {}): Rotation {
  return {
    rotationId: 'r',
    schedule: 'nightly',
    secret: 'a',
    secretName: 'a',
    scheduledAt: iso(INSTANT),
    trigger: 'SCHEDULE',
    status,
    claimedAt: iso(minutes(1)),
    executionArn: 'execution-0',
    configVersion: '0',
    events: [{ at: iso(at), status }],
    ...parts,
  }
}

describe('what becomes of an occurrence', () => {
  const none = { secret: 'b', holds: [] }
  const wave = {
    schedule: 'nightly',
    scheduledAt: iso(INSTANT),
    secrets: 2,
    failed: [],
    executionArn: 'run',
    startedAt: iso(minutes(1)),
  }
  const asked = (status: Approval['status']): Approval => ({
    approvalId: 'k7q-m2f-9x1',
    schedule: 'nightly',
    scheduledAt: iso(INSTANT),
    secrets: 2,
    executionArn: 'execution-0',
    requestedAt: iso(INSTANT),
    expiresAt: iso(minutes(20)),
    status,
    events: [],
    ...(status !== 'PENDING' && { answeredAt: iso(minutes(5)), by: 'ana', reason: 'no' }),
  })
  const report = { ...schedule, onMissed: 'report' as const }

  it.each<[string, number, Partial<OccurrenceFacts>, string]>([
    ['every secret has its outcome', 5, { records: [rotation('SUCCEEDED')] }, 'accounted'],
    ['every secret is on its way', 5, { records: [rotation('ROTATING')] }, 'accounted'],
    ['a claim is young', 5, { records: [rotation('CLAIMED')] }, 'wait'],
    ['a claim is silent, the window open', 10, { records: [rotation('CLAIMED')] }, 'catch up'],
    ['a claim is silent, the window closed', 31, { records: [rotation('CLAIMED')] }, 'accounted'],
    ['nothing has come', 5, { lacking: [none] }, 'catch up'],
    ['nothing has come, and it is reported only', 5, { lacking: [none], schedule: report }, 'wait late'],
    ['nothing has come as the window closes', 31, { lacking: [none] }, 'wait'],
    ['nothing has come at all', 34, { lacking: [none] }, 'accounted b NOT_DELIVERED'],
    [
      'nothing has come at all, of two',
      34,
      { lacking: [none, { ...none, secret: 'a' }] },
      'accounted b NOT_DELIVERED a NOT_DELIVERED',
    ],
    ['the wave has just started', 5, { lacking: [none], wave }, 'wait'],
    ['the wave gave no sign for long', 8, { lacking: [none], wave }, 'catch up'],
    ['a neighbour rotates', 8, { lacking: [none], wave, records: [rotation('ROTATING')] }, 'wait'],
    [
      'a neighbour has just ended',
      12,
      { lacking: [none], wave, records: [rotation('FAILED', minutes(8))] },
      'wait',
    ],
    [
      'all neighbours ended long ago',
      20,
      { lacking: [none], wave, records: [rotation('FAILED', minutes(8))] },
      'catch up',
    ],
    [
      'a neighbour rotates past the window',
      35,
      { lacking: [none], wave, records: [rotation('ROTATING', minutes(29))] },
      'wait',
    ],
    ['the wave died', 40, { lacking: [none], wave }, 'accounted b WAVE_LOST'],
    ['an approval is awaited', 19, { lacking: [none], approval: asked('PENDING') }, 'wait'],
    ['whoever awaited an approval died', 26, { lacking: [none], approval: asked('PENDING') }, 'catch up'],
    ['it was approved, and died', 11, { lacking: [none], approval: asked('APPROVED') }, 'catch up'],
    [
      'it was rejected, and nobody wrote so',
      40,
      { lacking: [none], approval: asked('REJECTED') },
      'accounted b NOT_APPROVED',
    ],
    [
      'its approval expired, and nobody wrote so',
      40,
      { lacking: [none], approval: asked('EXPIRED') },
      'accounted b NOT_APPROVED',
    ],
  ])('where %s', (_, minute, parts, expected) => {
    const occurrence: OccurrenceFacts = { schedule, instant: INSTANT, records: [], lacking: [], ...parts }
    const { records, next, late } = judge(occurrence, [], minutes(minute))
    const words = [
      next,
      ...(late ? ['late'] : []),
      ...records.flatMap((it) => [it.secret, it.outcome.reason]),
    ]
    expect(words.join(' ')).toBe(expected)
  })

  const night = { name: 'night', from: '2026-11-29', to: '2026-11-29T03:10', timezone: 'UTC', yearly: false }
  it.each<[string, Partial<Schedule>, string]>([
    ['skipped at once', {}, 'accounted FROZEN'],
    [
      'caught up where the schedule ignores it',
      { ignoreFreezes: [{ name: 'night', reason: 'agreed' }] },
      'catch up',
    ],
  ])('in a freeze it is %s', (_, parts, expected) => {
    const occurrence = { schedule: { ...schedule, ...parts }, instant: INSTANT, records: [], lacking: [none] }
    const { records, next } = judge(occurrence, [night], minutes(15))
    expect([next, ...records.map((it) => it.outcome.reason)].join(' ')).toBe(expected)
  })

  it('under a hold of one secret the other is caught up', () => {
    const hold: Hold = {
      ...{ id: 'aaa-aaa-aaa', kind: 'hold', scope: 'secret/a', reason: 'incident', by: 'ana' },
      placedAt: iso(minutes(-5)),
    }
    const lacking = [none, { secret: 'a', holds: [hold] }]
    const { records, next } = judge({ schedule, instant: INSTANT, records: [], lacking }, [], minutes(5))
    expect(next).toBe('catch up')
    expect(records).toMatchObject([{ secret: 'a', outcome: { reason: 'HELD' } }])
  })
})

describe('a hold at an instant', () => {
  type Minutes = { placed: number; until?: number; released?: number }
  const hold = ({ placed, until, released }: Minutes): Hold => ({
    ...{ id: 'aaa-aaa-aaa', kind: 'hold', scope: 'all', reason: 'incident', by: 'ana' },
    placedAt: iso(minutes(placed)),
    ...(until !== undefined && { until: iso(minutes(until)) }),
    ...(released !== undefined && { releasedAt: iso(minutes(released)), releasedBy: 'bo' }),
  })
  it.each<[string, Minutes[], number]>([
    ['none', [], 0],
    ['placed before, in force still', [{ placed: -5 }], 1],
    ['placed at the very instant', [{ placed: 0 }], 1],
    ['placed before, released after', [{ placed: -5, released: 5 }], 1],
    ['placed and released before', [{ placed: -5, released: -1 }], 0],
    ['placed after', [{ placed: 1 }], 0],
    ['ended before', [{ placed: -5, until: -1 }], 0],
    ['ends at the very instant', [{ placed: -5, until: 0 }], 0],
    ['ended before it was released', [{ placed: -5, until: -1, released: 5 }], 0],
    ['two beside each other, one over', [{ placed: -9, released: -5 }, { placed: -6 }], 1],
  ])('%s', (_, holds, expected) => {
    expect(heldAt(holds.map(hold), iso(INSTANT))).toHaveLength(expected)
  })
})

describe('how long a run may be silent', () => {
  const before = [{ invoke: 'check', timeoutSeconds: 60 }]
  it.each<[string, Rotation, Partial<Schedule>, number, number]>([
    ['a claim', rotation('CLAIMED'), {}, 6, 35],
    ['a claim made early', rotation('CLAIMED', minutes(-2)), {}, 5, 35],
    ['a claim with a before-hook of a minute', rotation('CLAIMED'), { before }, 10.5, 35],
    ['a claim made early, its hook done by the instant', rotation('CLAIMED', minutes(-5)), { before }, 5, 35],
    ['a claim taken over', rotation('CLAIMED', minutes(40)), {}, 45, 50],
    ['a rotation', rotation('ROTATING', minutes(1), { startedAt: iso(INSTANT) }), {}, 10, 10],
    ['a rotation whose start nobody noted', rotation('ROTATING', minutes(2)), {}, 12, 12],
    ['a rotation with an after-hook', rotation('ROTATING', minutes(2)), { after: before }, 16.5, 16.5],
  ])('%s', (_, it_, parts, silent, lost) => {
    const limits = limitsOf({ ...schedule, ...parts })
    expect(silentFrom(it_, limits)).toBe(minutes(silent))
    expect(lostFrom(it_, limits)).toBe(minutes(lost))
  })
})

describe('the outcome of a lost run', () => {
  const labels = (...names: string[]): Seen => ({
    secret: { VersionIdsToStages: { r: names }, $metadata: {} },
  })
  const failure = { at: iso(INSTANT), message: 'Secrets Manager: boom', final: false }
  it.each<[string, Rotation, Seen, boolean, string]>([
    ['current', rotation('ROTATING'), labels('AWSCURRENT', 'AWSPENDING'), true, 'SUCCEEDED rotated'],
    ['previous by now', rotation('ROTATING'), labels('AWSPREVIOUS'), true, 'SUCCEEDED rotated'],
    [
      'current, its after-hooks unheard of',
      rotation('ROTATING'),
      labels('AWSCURRENT'),
      false,
      'FAILED ORCHESTRATOR_LOST rotated',
    ],
    ['pending', rotation('ROTATING'), labels('AWSPENDING'), true, 'TIMED_OUT PENDING_VERSION_STUCK'],
    [
      'pending, a failure reported',
      rotation('ROTATING', INSTANT, { failure }),
      labels('AWSPENDING'),
      true,
      'FAILED ROTATION_FUNCTION_FAILED',
    ],
    [
      'without its version',
      rotation('CLAIMED'),
      { secret: { $metadata: {} } },
      true,
      'FAILED ORCHESTRATOR_LOST',
    ],
    [
      'gone',
      rotation('ROTATING'),
      { refusal: { reason: 'SECRET_NOT_FOUND', message: 'no' } },
      true,
      'FAILED SECRET_NOT_FOUND',
    ],
    [
      'not to be seen',
      rotation('ROTATING'),
      { refusal: { reason: 'ACCESS_DENIED', message: 'no' } },
      true,
      'FAILED ORCHESTRATOR_LOST',
    ],
  ])('whose secret is %s', (_, it_, seen, verified, expected) => {
    const { status, reason, rotatedAt } = outcomeOf(it_, seen, { now: minutes(60), verified })
    expect([status, ...(reason ? [reason] : []), ...(rotatedAt ? ['rotated'] : [])].join(' ')).toBe(expected)
  })
})

describe('where the audit goes on', () => {
  const config = (parts: Partial<Schedule>): Config => ({
    stage: 'test',
    version: '0',
    freezes: [],
    schedules: [{ ...schedule, ...parts }],
  })
  const known = { nightly: { until: iso(minutes(-60)), timing: 'cron(0 3 * * ? *) UTC' } }
  it.each<[string, Record<string, { until: string; timing: string }>, Partial<Schedule>, number | undefined]>(
    [
      ['what it knows', known, {}, -60],
      ['what is new to it', {}, {}, 0],
      ['other times', known, { when: 'cron(0 4 * * ? *)' }, 0],
      ['another zone', known, { timezone: 'Asia/Tokyo' }, 0],
      ['other secrets at the same times', known, { secrets: ['c'] }, -60],
      ['a disabled schedule', known, { enabled: false }, undefined],
    ],
  )('%s', (_, marks, parts, until) => {
    const found = watermarksOf(marks, config(parts), INSTANT).marks.get('nightly')?.until
    expect(found).toBe(until === undefined ? undefined : iso(minutes(until)))
  })

  it('with whoever is furthest behind', () => {
    const mark = (n: number) => ({ until: iso(minutes(n)), timing: '' })
    expect(
      furthestBehind(
        new Map([
          ['a', mark(2)],
          ['b', mark(1)],
          ['c', mark(3)],
        ]),
      ),
    ).toEqual(['b', 'a', 'c'])
  })
})

describe('what is wrong with a secret', () => {
  const day = 86_400_000
  const on = (days: number) => new Date(INSTANT + days * day)
  const FORTY_FIVE = { seconds: 45 * 86_400, schedule: 's' }
  it.each<[string, { maxAge?: typeof FORTY_FIVE; next?: number }, object, string[]]>([
    ['young', { maxAge: FORTY_FIVE }, { LastRotatedDate: on(-45) }, []],
    ['old', { maxAge: FORTY_FIVE }, { LastRotatedDate: on(-46), CreatedDate: on(-99) }, ['OVERDUE']],
    ['never rotated', { maxAge: FORTY_FIVE }, { CreatedDate: on(-99) }, ['OVERDUE']],
    ['old, and nobody minds', {}, { LastRotatedDate: on(-999) }, []],
    [
      'to be deleted',
      { maxAge: { seconds: 1, schedule: 's' } },
      { CreatedDate: on(-99), DeletedDate: on(-1) },
      [],
    ],
    ['on demand only', { next: +on(7) }, {}, []],
    ['with a backstop', { next: +on(7) }, { NextRotationDate: on(14) }, []],
    ['rotated by AWS first', { next: +on(7) }, { NextRotationDate: on(6) }, ['NATIVE_FIRST']],
    ['with a native rotation that fails', { next: +on(7) }, { NextRotationDate: on(-6) }, ['NATIVE_FIRST']],
    ['without an occurrence to come', {}, { NextRotationDate: on(6) }, []],
  ])('%s', (_, policy, secret, expected) => {
    const found = judgeSecret({ secret: 'a', ...policy }, { secret: { ...secret, $metadata: {} } }, INSTANT)
    expect(found.map(({ kind }) => kind)).toEqual(expected)
  })
})
