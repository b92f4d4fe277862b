import { describe, expect, it } from 'vitest'
import { HOOK_PAUSE_SECONDS, HOOK_TRIES } from '../../src/model/hooks.ts'
import {
  DEFAULT_LIMITS,
  isDead,
  LOOK_MS,
  limitsIn,
  limitsOf,
  longestSeconds,
  lostFrom,
  nextDue,
  placeIn,
  SILENCE_MS,
  silentFrom,
  startDue,
  VISIBLE_MS,
} from '../../src/model/limits.ts'
import type { Limits, Rotation, RunEnd } from '../../src/model/rotation.ts'
import { iso, MINUTE } from '../../src/model/time.ts'

const INSTANT = Date.parse('2026-11-29T03:00:00Z')
const at = (minutes: number) => iso(INSTANT + minutes * MINUTE)
const minutesOf = (instant: number) => (instant - INSTANT) / MINUTE
const SILENCE = SILENCE_MS / MINUTE

/** Claimed and heard of a minute after its instant, with a window of 30 minutes and 5 minutes to take. */
function rotation(status: Rotation['status'], parts: Partial<Rotation> = {}): Rotation {
  return {
    ...{ rotationId: 'r', schedule: 'nightly', secret: 'a', secretName: 'a', trigger: 'SCHEDULE', status },
    ...{ scheduledAt: at(0), claimedAt: at(1), executionArn: 'run', configVersion: '0' },
    events: [{ at: at(1), status }],
    ...parts,
  }
}
const LIMITS: Limits = { windowSeconds: 1_800, timeoutSeconds: 300 }
/** Before-hooks that may take 2 minutes, after-hooks that may take 3. */
const HOOKED: Limits = { ...LIMITS, beforeSeconds: 120, afterSeconds: 180 }
const ended = (minutes: number, executionArn = 'run'): { runEnd: RunEnd } => ({
  runEnd: { executionArn, status: 'FAILED', at: at(minutes) },
})

describe('of a record without limits those of the config hold', () => {
  const schedule = (name: string, secrets: string[], windowSeconds: number, timeoutSeconds: number) => ({
    ...{ name, secrets, windowSeconds, timeoutSeconds },
  })
  const hook = (timeoutSeconds: number) => [{ invoke: 'check', timeoutSeconds }]
  const hooksOf = (timeoutSeconds: number) => HOOK_TRIES * (timeoutSeconds + HOOK_PAUSE_SECONDS)
  const none = { beforeSeconds: 0, afterSeconds: 0 }
  const schedules = [
    { ...schedule('long-window', ['z', 'a'], 3_600, 60), before: hook(10), after: hook(70) },
    { ...schedule('long-timeout', ['a'], 600, 900), before: hook(20) },
    schedule('longest', ['c'], 7_200, 7_200),
  ]

  it.each<[string, Partial<Rotation>, Limits]>([
    [
      'its schedule’s, though others are longer',
      { schedule: 'longest' },
      { windowSeconds: 7_200, timeoutSeconds: 7_200, ...none },
    ],
    [
      'the longest of each kind of those that have its secret',
      { schedule: 'gone', secretName: 'a' },
      { windowSeconds: 3_600, timeoutSeconds: 900, beforeSeconds: hooksOf(20), afterSeconds: hooksOf(70) },
    ],
    [
      'the longest of all where none has it',
      { schedule: 'gone', secretName: 'x' },
      { windowSeconds: 7_200, timeoutSeconds: 7_200, beforeSeconds: hooksOf(20), afterSeconds: hooksOf(70) },
    ],
  ])('%s', (_, parts, expected) => {
    expect(limitsIn(rotation('CLAIMED', parts), { schedules })).toEqual(expected)
  })

  it('or the defaults, where it has no schedules', () => {
    expect(limitsIn(rotation('CLAIMED'), { schedules: [] })).toEqual({ ...DEFAULT_LIMITS, ...none })
  })
})

describe('where a secret is', () => {
  const schedule = (name: string, place?: { account?: string; region?: string; role?: string }) => ({
    ...{ name, secrets: ['a'], ...DEFAULT_LIMITS, ...(place && { place }) },
  })
  const there = { account: '111122223333', role: 'today' }
  const elsewhere = { account: '444455556666', region: 'eu-west-1', role: 'other' }
  const region = { region: 'eu-west-1' }
  const schedules = [
    schedule('here'),
    schedule('there', there),
    schedule('elsewhere', elsewhere),
    schedule('region', region),
  ]
  const noted = (place?: Limits['place']) => ({ limits: { ...LIMITS, ...(place && { place }) } })

  it.each<[string, Partial<Rotation>, object | undefined]>([
    [
      'is what its record says',
      noted({ account: '777788889999', role: 'then' }),
      { account: '777788889999', role: 'then' },
    ],
    ['and how to get there what the config says today', noted({ ...elsewhere, role: 'then' }), elsewhere],
    [
      'is here where its record names no place, whatever its schedule does today',
      { ...noted(), schedule: 'there' },
      undefined,
    ],
    ['of a record without limits, by its schedule', { schedule: 'elsewhere' }, elsewhere],
    [
      'by its schedule, though the record names another',
      { schedule: 'here', account: '111122223333' },
      undefined,
    ],
    [
      'by the record’s account, its schedule being gone',
      { schedule: 'gone', account: '111122223333' },
      there,
    ],
    ['by the record’s region', { schedule: 'gone', region: 'eu-west-1' }, region],
    ['by both', { schedule: 'gone', account: '444455556666', region: 'eu-west-1' }, elsewhere],
    ['not by one of the two alone', { schedule: 'gone', account: '444455556666' }, undefined],
    ['here where nothing says otherwise', { schedule: 'gone' }, undefined],
  ])('%s', (_, parts, expected) => {
    expect(placeIn(rotation('CLAIMED', parts), { schedules })).toEqual(expected)
  })
})

describe('a run that lives', () => {
  it('has started by the instant, or once its hooks had their time since its last sign', () => {
    const early = rotation('CLAIMED', { events: [{ at: at(-9), status: 'CLAIMED' }] })
    expect(minutesOf(startDue(early, HOOKED))).toBe(0)
    expect(minutesOf(startDue(rotation('CLAIMED'), HOOKED))).toBe(3)
    expect(minutesOf(startDue(rotation('CLAIMED', { events: [] }), HOOKED))).toBe(3)
  })

  it.each<[string, Rotation, Limits, number]>([
    ['a claim in its window may wait until that closes', rotation('CLAIMED'), HOOKED, 30],
    [
      'one made late has its hooks’ time',
      rotation('CLAIMED', { events: [{ at: at(29), status: 'CLAIMED' }] }),
      HOOKED,
      31,
    ],
    ['a rotation has its timeout from its start', rotation('ROTATING', { startedAt: at(2) }), LIMITS, 7],
    ['and after it the time of its after-hooks', rotation('ROTATING', { startedAt: at(2) }), HOOKED, 10],
    ['from its last sign where nobody noted the start', rotation('ROTATING'), LIMITS, 6],
  ])('has taken its rotation on: %s', (_, it_, limits, minutes) => {
    expect(minutesOf(nextDue(it_, limits))).toBe(minutes)
  })

  it('is not one whose end Lambda has told; whoever took its rotation over is', () => {
    expect(isDead(rotation('CLAIMED'))).toBe(false)
    expect(isDead(rotation('CLAIMED', ended(2)))).toBe(true)
    expect(isDead(rotation('CLAIMED', ended(2, 'the run before')))).toBe(false)
  })
})

describe('a run shows that it has ended', () => {
  const failure = (final: boolean) => ({ failure: { at: at(3), message: 'no', final } })
  it.each<[string, Rotation, number]>([
    ['at once, where Lambda says so', rotation('ROTATING', ended(2)), 2],
    ['a claim: when it should have started, and is silent', rotation('CLAIMED'), 3 + SILENCE],
    ['a rotation: when it should have an outcome, and is silent', rotation('ROTATING'), 9 + SILENCE],
    [
      'after its next look, where the failure was final',
      rotation('ROTATING', failure(true)),
      3 + LOOK_MS / MINUTE + SILENCE,
    ],
    ['no sooner where it is attempted again', rotation('ROTATING', failure(false)), 9 + SILENCE],
    [
      'when it is due, though it failed for good later',
      rotation('ROTATING', { ...failure(true), startedAt: at(-5) }),
      3 + SILENCE,
    ],
  ])('%s', (_, it_, minutes) => {
    expect(minutesOf(silentFrom(it_, HOOKED))).toBe(minutes)
  })
})

describe('a rotation is lost', () => {
  it.each<[string, Rotation, number]>([
    [
      'while it rotates, once its time is over and its run silent',
      rotation('ROTATING', { startedAt: at(1) }),
      9 + SILENCE,
    ],
    [
      'once its timeout is over, where its run has ended: Secrets Manager may go on',
      rotation('ROTATING', { ...ended(2), startedAt: at(1) }),
      6,
    ],
    ['as a claim, when nobody could start and finish it in its window', rotation('CLAIMED'), 30 + 5],
    [
      'as a claim made late, when its run is silent',
      rotation('CLAIMED', { events: [{ at: at(40), status: 'CLAIMED' }] }),
      42 + SILENCE + 5,
    ],
    ['as a claim whose run has ended, when nobody may take it over', rotation('CLAIMED', ended(2)), 30],
    [
      'as one whose run ended after that, once its version would show',
      rotation('CLAIMED', ended(40)),
      40 + VISIBLE_MS / MINUTE,
    ],
    [
      'as one that was asked for, which nobody takes over, likewise',
      rotation('CLAIMED', { ...ended(2), trigger: 'ON_DEMAND' }),
      2 + VISIBLE_MS / MINUTE,
    ],
  ])('%s', (_, it_, minutes) => {
    expect(minutesOf(lostFrom(it_, HOOKED))).toBe(minutes)
  })
})

describe('a rotation that may be attempted again', () => {
  const again = { ...LIMITS, retries: 2 }
  const started = { startedAt: at(0) }
  const attempts = (...sent: number[]) => ({
    ...started,
    attempts: [{ sentAt: at(0), endedAt: at(3) }, ...sent.map((minute) => ({ sentAt: at(minute) }))],
  })
  const failure = (minute: number, final = true) => ({ failure: { at: at(minute), message: 'no', final } })

  it.each<[string, Partial<Rotation>, Limits, number]>([
    ['has the time of all attempts, and their pauses', started, again, 5 + 1 + 5 + 2 + 5],
    ['and of the before-hooks that are asked again', started, { ...again, beforeSeconds: 120 }, 18 + 2 * 2],
    ['but the last is sent before its window closes', started, { ...again, windowSeconds: 600 }, 10 + 5],
    ['which may leave one only', started, { ...again, windowSeconds: 60 }, 1 + 5],
    ['and is asked for before that', started, { ...again, windowSeconds: 60, beforeSeconds: 540 }, 1 + 9],
    ['or none but the first', { startedAt: at(20) }, { ...again, windowSeconds: 60 }, 20 + 5],
    ['goes by its last attempt once there are no more', attempts(4, 12), again, 12 + 5],
    ['not before', attempts(4), again, 18],
  ])('%s', (_, parts, limits, minutes) => {
    expect(minutesOf(nextDue(rotation('ROTATING', parts), limits))).toBe(minutes)
  })

  it.each<[string, Partial<Rotation>, Limits, number]>([
    ['not by a failure that another attempt may follow', { ...started, ...failure(3) }, again, 18 + SILENCE],
    ['once none may any more', { ...started, ...failure(3) }, { ...again, windowSeconds: 240 }, 5 + SILENCE],
    [
      'which is when its before-hooks have had their time as the window closed',
      { ...started, ...failure(3) },
      { ...again, windowSeconds: 240, beforeSeconds: 120 },
      6 + SILENCE,
    ],
    ['by the failure of its last attempt', { ...attempts(4, 12), ...failure(13) }, again, 15 + SILENCE],
    ['and not by that of an earlier one', { ...attempts(4, 12), ...failure(3) }, again, 17 + SILENCE],
    [
      'nor by one that AWS attempts again itself',
      { ...attempts(4, 12), ...failure(13, false) },
      again,
      17 + SILENCE,
    ],
  ])('shows that its run has ended: %s', (_, parts, limits, minutes) => {
    expect(minutesOf(silentFrom(rotation('ROTATING', parts), limits))).toBe(minutes)
  })

  it('is lost, its run being dead, once the timeout of its last attempt is over', () => {
    expect(minutesOf(lostFrom(rotation('ROTATING', { ...attempts(4), ...ended(6) }), again))).toBe(4 + 5)
  })

  it('takes no longer than its window and one timeout, for nothing is sent after that', () => {
    expect(longestSeconds(again)).toBe(longestSeconds(LIMITS))
  })

  it('is noted so at the claim, where its schedule says so', () => {
    expect(limitsOf({ ...DEFAULT_LIMITS, retries: 2 })).toMatchObject({ retries: 2 })
    expect(limitsOf({ ...DEFAULT_LIMITS, retries: 0 })).not.toHaveProperty('retries')
  })
})

it('from the instant to the outcome it takes window, timeout and all hooks at most', () => {
  expect(longestSeconds(HOOKED)).toBe(1_800 + 300 + 120 + 180)
  expect(longestSeconds(limitsOf(DEFAULT_LIMITS))).toBe(1_800 + 900)
})
