import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Calendar } from '../../src/calendar/expression.ts'
import { longestGap, nextUnfrozen, type Unfrozen, unfrozen } from '../../src/calendar/unfrozen.ts'
import { firstCollision } from '../../src/config/warnings/collisions.ts'
import { tries } from '../deep.ts'

/** A calendar of the instants given, found by looking at each. */
function calendarOf(instants: number[]): Calendar {
  return {
    next: (after) => instants.find((at) => at > after),
    previous: (before) => instants.findLast((at) => at < before),
    *between(from, to) {
      yield* instants.filter((at) => at >= from && at < to)
    },
  }
}

const instants = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
  .map((all) => all.sort((a, b) => a - b))
/** Disjoint and in order: every second stretch between cuts. */
const frozen = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 8 })
  .map((cuts) => cuts.sort((a, b) => a - b))
  .map((cuts) => cuts.flatMap((to, i) => (i % 2 === 1 ? [{ from: cuts[i - 1] ?? 0, to }] : [])))
const moment = fc.integer({ min: -2, max: 62 })

describe('unfrozen', () => {
  it('is what remains outside frozen time', () => {
    fc.assert(
      fc.property(instants, frozen, moment, (all, intervals, at) => {
        const remain = calendarOf(
          all.filter((one) => !intervals.some(({ from, to }) => one >= from && one < to)),
        )
        const found = unfrozen(calendarOf(all), intervals)
        expect(found.next(at)).toBe(remain.next(at))
        expect(found.previous(at)).toBe(remain.previous(at))
      }),
      { numRuns: tries(2000) },
    )
  })
})

describe('a schedule’s next occurrence', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  const freeze = (name: string, from: string, to: string) => ({
    name,
    from,
    to,
    timezone: 'UTC',
    yearly: false,
  })
  const next = (when: string, ...ignored: string[]) => {
    const ignoreFreezes = ignored.map((name) => ({ name }))
    const freezes = [freeze('week', '2026-11-24', '2026-12-01'), freeze('day', '2026-12-01', '2026-12-02')]
    const found = nextUnfrozen({ when, timezone: 'UTC', ignoreFreezes }, { freezes }, now)
    return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16)
  }

  it.each<[string, string | undefined, string, string[]]>([
    ['is after all freezes that follow one another', '2026-12-02T03:00', 'cron(0 3 * * ? *)', []],
    ['as the last of them ends', '2026-12-02T00:00', 'cron(0 0 * * ? *)', []],
    ['in those that it ignores', '2026-11-25T03:00', 'cron(0 3 * * ? *)', ['week']],
    ['but not in the others', '2026-12-02T03:00', 'cron(0 3 1,2 12 ? *)', ['week']],
    ['is none where a freeze stops the only one', undefined, 'at(2026-11-25T03:00:00)', []],
    ['and that one where it is ignored', '2026-11-25T03:00', 'at(2026-11-25T03:00:00)', ['week']],
  ])('%s', (_, expected, when, ignored) => {
    expect(next(when, ...ignored)).toBe(expected)
  })

  it('is looked for through freezes of two years', () => {
    const schedule = { when: 'cron(0 3 1 1 ? *)', timezone: 'UTC', ignoreFreezes: [] }
    const freezes = [freeze('long', '2026-01-01', '2028-06-01')]
    expect(nextUnfrozen(schedule, { freezes }, now)).toBe(Date.parse('2029-01-01T03:00:00Z'))
    const again = [freeze('first', '2026-12-31', '2027-01-02'), freeze('second', '2027-12-31', '2028-01-02')]
    expect(nextUnfrozen(schedule, { freezes: again }, now)).toBe(Date.parse('2029-01-01T03:00:00Z'))
  })
})

describe('longestGap', () => {
  const gap = (all: number[], from: number, to: number) => longestGap(calendarOf(all), from, to)

  it('is the first of the longest between neighbours, the later of which is in the interval', () => {
    expect(gap([10, 20, 35, 50, 55], 12, 60)).toEqual({ from: 20, to: 35 })
    expect(gap([0, 20, 25], 12, 60)).toEqual({ from: 0, to: 20 })
    expect(gap([0, 20, 25], 20, 60)).toEqual({ from: 20, to: 25 })
    expect(gap([20, 25], 12, 60)).toEqual({ from: 20, to: 25 })
    expect(gap([20, 30, 60], 12, 60)).toEqual({ from: 30, to: 60 })
    expect(gap([20, 30, 61], 12, 60)).toEqual({ from: 20, to: 30 })
    expect(gap([12], 12, 60)).toBeUndefined()
    expect(gap([], 12, 60)).toBeUndefined()
  })
})

describe('firstCollision', () => {
  const timed = (all: number[], windowMs: number) => ({ occurrences: calendarOf(all) as Unfrozen, windowMs })

  it('is the earliest of all pairs that hit, as found by trying all', () => {
    const window = fc.integer({ min: 1, max: 10 })
    fc.assert(
      fc.property(instants, instants, window, window, moment, moment, (a, b, windowA, windowB, from, to) => {
        const within = (at: number) => at >= from && at < to
        const hits = a.flatMap((x) =>
          b
            .filter((y) => within(x) && within(y) && (x === y || (x < y ? y - x < windowA : x - y < windowB)))
            .map((y) => Math.max(x, y)),
        )
        const found = firstCollision(timed(a, windowA), timed(b, windowB), from, to)
        expect(found === undefined ? undefined : Math.max(found.a, found.b)).toBe(
          hits.length === 0 ? undefined : Math.min(...hits),
        )
        if (found !== undefined) expect([a.includes(found.a), b.includes(found.b)]).toEqual([true, true])
      }),
      { numRuns: tries(3000) },
    )
  })

  it('leaps: a busy schedule beside a sparse one is asked as often as the sparse one', () => {
    let asked = 0
    const busy: Unfrozen = {
      next: (after) => {
        asked++
        return Math.floor(after / 10) * 10 + 10
      },
      previous: () => undefined,
    }
    const sparse: Unfrozen = {
      next: (after) => Math.floor((after - 5) / 100_000) * 100_000 + 100_005,
      previous: () => undefined,
    }
    expect(
      firstCollision({ occurrences: busy, windowMs: 2 }, { occurrences: sparse, windowMs: 2 }, 0, 1_000_000),
    ).toBeUndefined()
    expect(asked).toBeLessThan(60)
  })
})
