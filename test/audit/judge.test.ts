import { describe, expect, it } from 'vitest'
import { isAlive, isComplete, judge, type OccurrenceFacts } from '../../src/audit/judge.ts'
import { judgeSecret } from '../../src/audit/judge-secret.ts'
import type { Schedule } from '../../src/config/config.ts'
import { AHEAD, type Approval } from '../../src/ledger/approvals.ts'
import type { Hold } from '../../src/model/hold.ts'
import { DELIVERY_MS, SILENCE_MS } from '../../src/model/limits.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { DAY, HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { DEFAULT_TOLERANCES } from '../../src/model/tolerances.ts'
import { entry } from '../schedules/entry.ts'

const INSTANT = Date.parse('2026-11-29T03:00:00Z')
const at = (minutes: number) => iso(INSTANT + minutes * MINUTE)
const CLOSES = 30 * MINUTE

const nightly = entry({ name: 'nightly', windowSeconds: CLOSES / 1_000, timeoutSeconds: 300 })
const report = { ...nightly, onMissed: 'report' } as const
const lacking = [{ secret: 'b', holds: [] }]

function rotation(status: Rotation['status'], parts: Partial<Rotation> = {}): Rotation {
  return {
    ...{ rotationId: 'r', schedule: 'nightly', secret: 'a', secretName: 'a', trigger: 'SCHEDULE', status },
    ...{ scheduledAt: at(0), claimedAt: at(1), executionArn: 'run', configVersion: '0' },
    events: [{ at: at(1), status }],
    ...parts,
  }
}
const wave = {
  ...{ schedule: 'nightly', scheduledAt: at(0), secrets: 2, failed: [], executionArn: 'run' },
  startedAt: at(1),
}
const approval = (parts: Partial<Approval> = {}): Approval => ({
  ...{ approvalId: 'k7q-m2f-9x1', schedule: 'nightly', scheduledAt: at(0), secrets: 2, executionArn: 'run' },
  ...{ requestedAt: at(0), expiresAt: at(20), status: 'PENDING', events: [] },
  ...parts,
})

/** `next [late] [secret REASON]…`, so many ms after the instant. */
function judged(
  parts: Partial<OccurrenceFacts>,
  afterMs: number,
  freezes: Parameters<typeof judge>[1] = [],
): string {
  const occurrence = { schedule: nightly, instant: INSTANT, records: [], lacking: [], ...parts }
  const { next, late, records } = judge(occurrence, freezes, INSTANT + afterMs)
  const outcomes = records.map(({ secret, outcome }) => `${secret} ${outcome.reason}`)
  return [next, ...(late ? ['late'] : []), ...outcomes].join(' ')
}

describe('a millisecond before a limit and at it', () => {
  const claimed = [rotation('CLAIMED', { events: [{ at: at(-30), status: 'CLAIMED' }] })]
  it.each<[string, Partial<OccurrenceFacts>, number, string, string]>([
    ['the window closes', { lacking }, CLOSES, 'catch up', 'wait'],
    [
      'the window of what is only reported closes',
      { lacking, schedule: report },
      CLOSES,
      'wait late',
      'wait',
    ],
    ['the window of a silent claim closes', { records: claimed }, CLOSES, 'catch up', 'accounted'],
    ['a last delivery could come', { lacking }, CLOSES + DELIVERY_MS, 'wait', 'accounted b NOT_DELIVERED'],
    ['a wave is silent', { lacking, wave }, MINUTE + SILENCE_MS, 'wait', 'catch up'],
    [
      'a neighbour’s run is silent',
      { lacking, records: [rotation('ROTATING')] },
      6 * MINUTE + SILENCE_MS,
      'wait',
      'catch up',
    ],
    [
      'whoever awaits an approval is silent',
      { lacking, approval: approval() },
      20 * MINUTE + SILENCE_MS,
      'wait',
      'catch up',
    ],
    [
      'a selector that nothing matched may match',
      { nothing: { kind: 'NOTHING_MATCHED', message: '' } },
      CLOSES,
      'wait',
      'accounted',
    ],
    [
      'secrets may be listed after all, for as long by audits that go on after an absence',
      { nothing: { kind: 'SECRETS_NOT_LISTED', message: '', since: INSTANT + CLOSES + 2 * HOUR } },
      CLOSES + 3 * HOUR,
      'wait',
      'accounted',
    ],
    [
      'secrets may be listed after all',
      { nothing: { kind: 'SECRETS_NOT_LISTED', message: '' } },
      CLOSES + HOUR,
      'wait',
      'accounted',
    ],
  ])('%s', (_, parts, limitMs, before, then) => {
    expect(judged(parts, limitMs - 1)).toBe(before)
    expect(judged(parts, limitMs)).toBe(then)
  })
})

describe('what lives', () => {
  const dead = { runEnd: { executionArn: 'run', status: 'FAILED', at: at(2) } } as const
  const other = { executionArn: 'another', runEnd: { ...dead.runEnd, executionArn: 'another' } }
  it.each<[string, Partial<OccurrenceFacts>, number, boolean]>([
    ['nothing of which there is no sign', {}, 3, false],
    [
      'not a run whose end Lambda has told, and its wave neither',
      { wave, records: [rotation('ROTATING', dead)] },
      3,
      false,
    ],
    ['not such a run of no wave', { records: [rotation('ROTATING', dead)] }, 3, false],
    [
      'but a wave that another run’s end does not end',
      { wave, records: [rotation('FAILED', other)] },
      3,
      true,
    ],
    [
      'a wave heard of after its last record',
      { wave: { ...wave, startedAt: at(8) }, records: [rotation('FAILED')] },
      10,
      true,
    ],
    [
      'whoever took over from a run that ended',
      { records: [rotation('ROTATING', { ...dead, executionArn: 'another' })] },
      10,
      true,
    ],
    [
      'a run that was let go ahead a moment ago',
      { approval: approval({ status: 'APPROVED', answeredAt: at(8) }) },
      10,
      true,
    ],
    [
      'not one that awaits what was asked for ahead of time, by nobody',
      { approval: approval({ executionArn: AHEAD }) },
      3,
      false,
    ],
    [
      'nor by an answer to that',
      { approval: approval({ executionArn: AHEAD, status: 'APPROVED', answeredAt: at(2) }) },
      3,
      false,
    ],
    [
      'a run by its record’s own limits, not today’s',
      { records: [rotation('ROTATING', { limits: { windowSeconds: 60, timeoutSeconds: 3_600 } })] },
      60,
      true,
    ],
    [
      'a wave whose rest waits for its canary to soak',
      { wave: { ...wave, soakSeconds: 600 }, records: [rotation('SUCCEEDED')] },
      15.99,
      true,
    ],
    [
      'not past the soak, and the silence after it',
      { wave: { ...wave, soakSeconds: 600 }, records: [rotation('SUCCEEDED')] },
      16,
      false,
    ],
    [
      'not one whose outcome stands',
      { records: [rotation('FAILED', { limits: { windowSeconds: 60, timeoutSeconds: 3_600 } })] },
      60,
      false,
    ],
  ])('%s', (_, parts, minutes, expected) => {
    expect(isAlive({ schedule: nightly, records: [], ...parts }, INSTANT + minutes * MINUTE)).toBe(expected)
  })
})

describe('what a punctual delivery would have come to', () => {
  const freeze = (from: string, to: string) => ({
    ...{ name: 'f', from, to, timezone: 'UTC' },
    yearly: false,
  })
  const held = (parts: Partial<Hold> = {}): OccurrenceFacts['lacking'] => [
    {
      secret: 'b',
      holds: [
        {
          ...{ id: 'h', kind: 'hold', scope: 'all', reason: 'incident', by: 'ana' },
          placedAt: at(-5),
          ...parts,
        },
      ],
    },
  ]
  const PAST = CLOSES + DELIVERY_MS

  it.each<[string, string, string, string]>([
    ['begins at the instant', '2026-11-29T03:00', '2026-11-29T03:10', 'accounted b FROZEN'],
    [
      'begins after it, before a late start: nothing was forbidden then',
      '2026-11-29T03:01',
      '2026-11-29T09:00',
      'accounted b NOT_DELIVERED',
    ],
    ['ends at the instant', '2026-11-29T02:00', '2026-11-29T03:00', 'accounted b NOT_DELIVERED'],
    ['ends a minute later', '2026-11-29T02:00', '2026-11-29T03:01', 'accounted b FROZEN'],
  ])('in a freeze that %s', (_, from, to, expected) => {
    expect(judged({ lacking }, PAST, [freeze(from, to)])).toBe(expected)
  })

  it('in one of several freezes, unless each of those is ignored', () => {
    const two = [freeze('2026-11-01', '2026-12-01'), { ...freeze('2026-11-29', '2026-11-30'), name: 'g' }]
    const ignoring = (...names: string[]): Schedule => ({
      ...nightly,
      ignoreFreezes: names.map((name) => ({ name, reason: 'agreed' })),
    })
    expect(judged({ lacking, schedule: ignoring('f') }, PAST, two)).toBe('accounted b FROZEN')
    expect(judged({ lacking, schedule: ignoring('g') }, PAST, two)).toBe('accounted b FROZEN')
    expect(judged({ lacking, schedule: ignoring('f', 'g') }, PAST, two)).toBe('accounted b NOT_DELIVERED')
  })

  it.each<[string, Partial<Hold>, string]>([
    ['stood then, though it is released by now', { releasedAt: at(1) }, 'accounted b HELD'],
    ['was released at the instant', { releasedAt: at(0) }, 'accounted b NOT_DELIVERED'],
    ['was placed after it, before a late start', { placedAt: at(1) }, 'accounted b NOT_DELIVERED'],
    ['is a pause of this schedule', { kind: 'pause', schedule: 'nightly' }, 'accounted b PAUSED'],
    ['is a pause of another', { kind: 'pause', schedule: 'weekly' }, 'accounted b NOT_DELIVERED'],
  ])('under a hold that %s', (_, parts, expected) => {
    expect(judged({ lacking: held(parts) }, PAST)).toBe(expected)
  })

  it('under a hold and in a freeze: the hold, which the gate tells first', () => {
    expect(judged({ lacking: held() }, PAST, [freeze('2026-11-29', '2026-11-30')])).toBe('accounted b HELD')
  })

  it('a rejection only where it was not let go ahead', () => {
    const answered = (status: Approval['status']) => approval({ status, answeredAt: at(5), by: 'ana' })
    expect(judged({ lacking, approval: answered('REJECTED') }, PAST)).toBe('accounted b NOT_APPROVED')
    expect(judged({ lacking, approval: answered('APPROVED') }, PAST)).toBe('accounted b NOT_DELIVERED')
  })

  it.each<[string, Partial<OccurrenceFacts>, RegExp]>([
    [
      'no run',
      {},
      /^NOT_DELIVERED no run had started when the window closed at .*03:30.*; it was not caught up in time$/,
    ],
    ['no run, and it is reported only', { schedule: report }, /; onMissed: report, so it was not caught up$/],
    [
      'a run that ended',
      { wave },
      /^WAVE_LOST a run of its wave had started at 2026-11-29T03:01.*before this secret’s turn/,
    ],
    [
      'a run that was refused',
      { wave: { ...wave, refused: { reason: 'ACCESS_DENIED', message: 'no role' } } },
      /^WAVE_LOST its run found: no role; the window closed/,
    ],
  ])('and says what there was: %s', (_, parts, expected) => {
    const occurrence = { schedule: nightly, instant: INSTANT, records: [], lacking, ...parts }
    const [{ outcome } = { outcome: undefined }] = judge(occurrence, [], INSTANT + PAST).records
    expect(`${outcome?.reason} ${outcome?.message}`).toMatch(expected)
  })
})

it('a wave of an earlier release is complete with as many records as it had secrets, or more', () => {
  const records = [rotation('SUCCEEDED'), rotation('FAILED')]
  expect([1, 2, 3].map((secrets) => isComplete({ secrets }, records))).toEqual([true, true, false])
})

describe('a secret', () => {
  const next = INSTANT + 7 * DAY
  const findings = (secret: object, parts: object = {}) =>
    judgeSecret({ secret: 'a', next, ...parts }, { secret: { ...secret, $metadata: {} } }, INSTANT)

  it('is rotated by AWS first where that is due before our next occurrence, not as it comes', () => {
    const due = (ms: number) => findings({ NextRotationDate: new Date(next + ms) }).map(({ kind }) => kind)
    expect([due(-1), due(0), due(1)]).toEqual([['NATIVE_FIRST'], [], []])
  })

  it('that is to be deleted is not', () => {
    const NextRotationDate = new Date(next - DAY)
    expect(findings({ NextRotationDate, DeletedDate: new Date(INSTANT) })).toEqual([])
  })

  it('is overdue a millisecond past the age that it may have, and says how old it is', () => {
    const aged = (ms: number) =>
      findings(
        { CreatedDate: new Date(INSTANT - ms) },
        { maxAge: { seconds: (45 * DAY) / 1_000, schedule: 's' } },
      )
    expect(aged(45 * DAY)).toEqual([])
    expect(aged(45 * DAY + 1)[0]?.message).toMatch(
      /^a was created, and never rotated, at 2026-10-15T02:59:59.999Z, 45 days ago; maxAge is 45 days$/,
    )
  })
})

describe('where deliveries are later in this account', () => {
  const slow = { ...DEFAULT_TOLERANCES, deliveryMs: 400_000 }
  const occurrence = { schedule: nightly, instant: INSTANT, records: [], lacking }
  const judgedAfter = (ms: number, parts = {}) => judge({ ...occurrence, ...parts }, [], INSTANT + ms, slow)

  it('nothing is recorded as missed before one would have come', () => {
    expect(judgedAfter(CLOSES + 399_999)).toMatchObject({ next: 'wait', records: [] })
    expect(judgedAfter(CLOSES + 400_000)).toMatchObject({ next: 'accounted', records: [{ secret: 'b' }] })
  })

  it('nor told as overdue', () => {
    expect(judgedAfter(399_999, { schedule: report }).late).toBe(false)
    expect(judgedAfter(400_000, { schedule: report }).late).toBe(true)
  })

  it('but it is caught up as soon as anywhere: a delivery that comes after all finds it claimed', () => {
    expect(judgedAfter(DELIVERY_MS).next).toBe('catch up')
  })
})
