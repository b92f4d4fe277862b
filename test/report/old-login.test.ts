import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import type { Exception } from '../../src/model/exception.ts'
import type { Rotation, Status } from '../../src/model/rotation.ts'
import { HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { hasUsers, type OldLogin, oldLoginOf, oldLoginText, type ToCome } from '../../src/report/old-login.ts'
import type { PlannedRun } from '../../src/report/planned.ts'
import { tries } from '../deep.ts'
import { aClaim } from '../ledger/table.ts'
import { entry } from '../schedules/entry.ts'

const SECRET = 'prod/orders/db'
const START = Date.UTC(2026, 10, 24)
const WINDOW = 30 * MINUTE
const NOTHING: ToCome = { planned: [], exceptions: [] }

const every = (name: string, hours: number, parts: Partial<Schedule> = {}): Schedule =>
  entry({
    ...{ name, when: `rate(${hours} hours)`, start: iso(START), secrets: [SECRET], strategy: 'alternating' },
    ...{ windowSeconds: WINDOW / 1_000, ...parts },
  })

function single(name: string): Schedule {
  const { strategy: _, ...schedule } = every(name, 24)
  return schedule
}

/** `at`: its instant; SUCCEEDED, it has changed the secret ten seconds after. */
function record(schedule: string, at: number, status: Status, parts: Partial<Rotation> = {}): Rotation {
  const claim = aClaim({ secret: SECRET, schedule, scheduledAt: iso(at), rotationId: `${schedule} ${at}` })
  const started = status === 'SUCCEEDED' || status === 'ROTATING' || status === 'FAILED'
  return {
    ...{ ...claim, claimedAt: iso(at), status, events: [] },
    ...(started && { startedAt: iso(at) }),
    ...(status === 'SUCCEEDED' && { rotatedAt: iso(at + 10_000) }),
    ...(status !== 'CLAIMED' && status !== 'ROTATING' && { settledAt: iso(at + 11_000) }),
    ...parts,
  }
}
const planned = (at: number, parts: Partial<PlannedRun> = {}): PlannedRun => ({
  ...{ requestId: 'CHG-1', schedule: 'on-demand', secrets: [SECRET], at, timezone: 'UTC' },
  ...{ windowSeconds: WINDOW / 1_000, ...parts },
})
const skipped = (schedule: string, at: number, movedTo?: number): Exception => ({
  ...{ id: 'a', schedule, scheduledAt: iso(at), by: 'ana', reason: 'CHG-2', placedAt: iso(START) },
  ...(movedTo !== undefined && { movedTo: iso(movedTo) }),
})

const nightly = every('nightly', 24)
const R = record('nightly', START, 'SUCCEEDED')
const NOW = START + HOUR
function asked(
  {
    schedules = [nightly],
    others = [],
    now = NOW,
    freezes = [],
    ...toCome
  }: Partial<ToCome> & {
    schedules?: Schedule[]
    others?: Rotation[]
    now?: number
    freezes?: Parameters<typeof oldLoginOf>[2]['freezes']
  } = {},
  rotation = R,
): OldLogin | undefined {
  return oldLoginOf(rotation, others, { schedules, freezes }, { ...NOTHING, ...toCome }, now)
}
const until = (at: number, schedule = 'nightly') => ({ state: 'LIVES', until: { at, schedule } })
const next = START + 24 * HOUR

describe('until when the login of before works', () => {
  it('one user: not at all', () => {
    expect(asked({ schedules: [single('nightly')] })).toEqual({
      strategy: 'single',
    })
  })

  it('two users: until the next occurrence of any schedule that has the secret and is enabled', () => {
    expect(asked()).toMatchObject(until(next))
    const soon = every('soon', 6)
    expect(asked({ schedules: [nightly, soon] })).toMatchObject(until(START + 6 * HOUR, 'soon'))
    expect(asked({ schedules: [nightly, { ...soon, enabled: false }] })).toMatchObject(until(next))
    expect(asked({ schedules: [nightly, { ...soon, secrets: ['another'] }] })).toMatchObject(until(next))
    const selects = { ...soon, secrets: [], select: { prefix: 'prod/', tags: {} } } as Schedule
    expect(asked({ schedules: [nightly, selects] })).toMatchObject(until(START + 6 * HOUR, 'soon'))
  })

  it('what people have skipped or moved is not it; where it is moved to is', () => {
    const second = next + 24 * HOUR
    expect(asked({ exceptions: [skipped('nightly', next)] })).toMatchObject(until(second))
    const moved = skipped('nightly', next, next + HOUR)
    expect(asked({ exceptions: [moved] })).toMatchObject(until(next + HOUR))
    expect(asked({ exceptions: [skipped('other', next)] })).toMatchObject(until(next))
  })

  it('a planned run is, unless it cannot start; a freeze puts it off', () => {
    expect(asked({ planned: [planned(START + 2 * HOUR)] })).toMatchObject(
      until(START + 2 * HOUR, 'on-demand'),
    )
    expect(asked({ planned: [planned(START + 2 * HOUR, { problem: 'gone' })] })).toMatchObject(until(next))
    expect(asked({ planned: [planned(START + 2 * HOUR, { frozen: 'xmas' })] })).toMatchObject(until(next))
    expect(asked({ planned: [planned(START + 2 * HOUR, { secrets: ['another'] })] })).toMatchObject(
      until(next),
    )
    const freezes = [{ name: 'f', from: iso(next).slice(0, 10), to: iso(next + 48 * HOUR).slice(0, 10) }].map(
      (it) => ({ ...it, timezone: 'UTC', yearly: false }),
    )
    expect(asked({ freezes })).toMatchObject(until(next + 48 * HOUR))
    // What was moved into a freeze does not start there either.
    const exceptions = [skipped('nightly', next - HOUR, next + HOUR)]
    expect(asked({ freezes, exceptions })).toMatchObject(until(next + 48 * HOUR))
  })

  it('what is due and has no outcome yet may begin at any moment; to the end of its window', () => {
    const now = next + 5 * MINUTE
    const due = asked({ now })
    expect(due).toMatchObject(until(next))
    expect(oldLoginText(due as OldLogin, now)).toMatch(/due since 2026-11-25T00:00Z .*at any moment/)
    expect(asked({ now: next + WINDOW })).toMatchObject(until(next))
    expect(asked({ now: next + WINDOW + 1 })).toMatchObject(until(next + 24 * HOUR))
    const over = record('nightly', next, 'SKIPPED')
    expect(asked({ now, others: [over] })).toMatchObject(until(next + 24 * HOUR))
    expect(asked({ now, others: [record('nightly', next, 'CLAIMED')] })).toMatchObject(until(next))
    expect(asked({ now: next })).toMatchObject(until(next))
    expect(asked({ now: next - 1 })).toMatchObject(until(next))
  })

  it('a later rotation has ended it; one that failed, runs, or is somebody else’s, may have', () => {
    const now = next + HOUR
    const dead = asked({ now, others: [record('nightly', next, 'SUCCEEDED')] })
    expect(dead).toMatchObject({ state: 'DEAD', by: { scheduledAt: iso(next) } })
    for (const status of ['FAILED', 'ROTATING'] as const)
      expect(asked({ now, others: [record('nightly', next, status)] })).toMatchObject({ state: 'UNKNOWN' })
    const external = record('external', next, 'SUCCEEDED', { trigger: 'EXTERNAL' })
    expect(asked({ now, others: [external] })).toMatchObject({ state: 'UNKNOWN' })
    const both = [record('nightly', next - HOUR, 'FAILED'), record('nightly', next, 'SUCCEEDED')]
    expect(asked({ now, others: both })).toMatchObject({ state: 'DEAD', by: { scheduledAt: iso(next) } })
    // Of before, whatever came of it, has ended another login.
    const before = [
      record('nightly', START - 24 * HOUR, 'SUCCEEDED'),
      record('nightly', START - HOUR, 'FAILED'),
    ]
    expect(asked({ others: before })).toMatchObject(until(next))
  })

  it('nothing is said of what has changed nothing, or was done by others', () => {
    expect(asked({}, record('nightly', START, 'FAILED'))).toBeUndefined()
    expect(asked({}, record('external', START, 'SUCCEEDED', { trigger: 'EXTERNAL' }))).toBeUndefined()
  })

  it('the record says how it was handed over, whatever the config says now', () => {
    const kept = { ...R, limits: { strategy: 'alternating' } } as Rotation
    expect(asked({ schedules: [single('nightly')] }, kept)).toMatchObject(until(next))
    expect(asked({ schedules: [] }, kept)).toEqual({ strategy: 'alternating', state: 'LIVES' })
    expect(asked({ schedules: [nightly, single('other')] })).toEqual({
      strategy: 'single',
    })
  })

  it('nobody is told of one user by default alone', () => {
    const bare = single('nightly')
    expect(hasUsers(R, [bare])).toBe(false)
    expect(hasUsers(R, [{ ...bare, adoption: { withinSeconds: 60 } }])).toBe(true)
    expect(hasUsers(R, [nightly])).toBe(true)
  })
})

/** What becomes of an occurrence, or a run: whether, and how long after its instant, it sets a password. */
const FATES = ['SUCCEEDED', 'FAILED', 'SKIPPED', 'none'] as const
type Event = { schedule: string; at: number; fate: (typeof FATES)[number]; lateMs: number }

/** All that ever happens to one secret in a few days, in time order; what is skipped or moved is not in it. */
const worlds = fc
  .record({
    periods: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
    fates: fc.array(
      fc.record({ fate: fc.constantFrom(...FATES), lateMs: fc.integer({ min: 0, max: WINDOW }) }),
      { minLength: 20, maxLength: 20 },
    ),
    runs: fc.array(fc.integer({ min: 61, max: 90 * 60 }), { maxLength: 3 }),
    left: fc.array(fc.record({ which: fc.nat(60), movedBy: fc.option(fc.integer({ min: 1, max: 600 })) }), {
      maxLength: 4,
    }),
    now: fc.integer({ min: 1, max: 72 * 60 }),
  })
  .map(({ periods, fates, runs, left, now }) => {
    const schedules = periods.map((hours, index) => every(`s${index}`, hours))
    const own = schedules.flatMap(({ name }, index) =>
      Array.from({ length: Math.floor(96 / (periods[index] ?? 1)) }, (_, k) => ({
        schedule: name,
        at: START + (k + 1) * (periods[index] ?? 1) * HOUR,
      })),
    )
    const exceptions = new Map<string, Exception>()
    for (const { which, movedBy } of left) {
      const it = own[which % own.length]
      // An arrival where there is an own occurrence is refused by `move`; half a minute off there is none.
      const to = it && movedBy !== null ? it.at + movedBy * MINUTE + 30_000 : undefined
      if (it) exceptions.set(`${it.schedule} ${it.at}`, skipped(it.schedule, it.at, to))
    }
    const arrivals = [...exceptions.values()].flatMap(({ schedule, movedTo }) =>
      movedTo === undefined ? [] : [{ schedule, at: Date.parse(movedTo) }],
    )
    const asks = runs.map((minutes) => ({ schedule: 'on-demand', at: START + minutes * MINUTE + 15_000 }))
    const events: Event[] = [
      ...own.filter(({ schedule, at }) => !exceptions.has(`${schedule} ${at}`)),
      ...arrivals,
      ...asks,
    ]
      .sort((a, b) => a.at - b.at)
      .map((it, index) => ({ ...it, fate: 'SUCCEEDED', lateMs: 0, ...fates[index % fates.length] }))
    const at = START + now * MINUTE + 1_000
    return { schedules, events, exceptions: [...exceptions.values()], asks, now: at }
  })

describe('in any calendar with skips, moves, runs and failures', () => {
  it('it never dies before the instant that is said, and what is said to be dead is', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(worlds, ({ schedules, events, exceptions, asks, now }) => {
        const rotation = record('s0', START, 'SUCCEEDED')
        // Its password is set ten seconds after its start, unless it fails before or never begins.
        const sets = events
          .filter(({ fate }) => fate === 'SUCCEEDED' || fate === 'FAILED')
          .map(({ at, lateMs }) => at + lateMs)
        const others = events.flatMap(({ schedule, at, fate, lateMs }) => {
          const begins = at + lateMs
          const windowEnds = at + WINDOW
          if (fate === 'none' || (fate === 'SKIPPED' ? windowEnds : begins) > now) return []
          if (fate === 'SKIPPED') return [record(schedule, at, 'SKIPPED')]
          const isOver = begins + 11_000 <= now
          const times = { startedAt: iso(begins), settledAt: iso(begins + 11_000) }
          if (!isOver) return [record(schedule, at, 'ROTATING', { startedAt: iso(begins) })]
          if (fate === 'FAILED') return [record(schedule, at, 'FAILED', times)]
          return [record(schedule, at, 'SUCCEEDED', { ...times, rotatedAt: iso(begins + 10_000) })]
        })
        const toCome = {
          planned: asks.filter(({ at }) => at > now).map(({ at }) => planned(at)),
          exceptions,
        }
        // A run by hand that began late, and has no claim yet, shows nowhere: it is claimed ahead of its instant.
        const claims = asks
          .filter(({ at }) => at <= now && !others.some((it) => it.scheduledAt === iso(at)))
          .map(({ at }) => record('on-demand', at, 'CLAIMED'))
        // What the others had at the same instant was left out.
        const along = schedules.map(({ name }) => record(name, START, 'SKIPPED'))
        const all = [...others, ...claims, ...along]
        const old = oldLoginOf(rotation, all, { schedules, freezes: [] }, toCome, now)
        if (old?.strategy !== 'alternating') throw new Error('it alternates')
        seen.add(old.state)
        const dead = sets.filter((at) => at <= now)
        if (old.state === 'LIVES') {
          expect(dead).toEqual([])
          const { until: end } = old
          const later = sets.filter((at) => at > now)
          if (end === undefined) expect(later).toEqual([])
          else {
            for (const at of later) expect(at).toBeGreaterThanOrEqual(end.at)
            // Nor is it said to die when nothing could begin.
            expect([...events.map(({ at }) => at)].includes(end.at) || end.at > START + 96 * HOUR).toBe(true)
          }
        } else expect(dead.length).toBeGreaterThan(0)
        if (old.state === 'DEAD') expect(all.some((it) => it.status === 'SUCCEEDED')).toBe(true)
      }),
      { numRuns: tries(2_000) },
    )
    expect([...seen].sort()).toEqual(['DEAD', 'LIVES', 'UNKNOWN'])
  })
})
