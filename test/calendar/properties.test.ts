import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { type Calendar, ExpressionError } from '../../src/calendar/expression.ts'
import { within } from '../busy.ts'
import { tries } from '../deep.ts'
import { cronExpression } from './expressions.ts'
import { ZONES } from './zones.ts'

const DAY = 86_400_000
const zone = fc.constantFrom(...ZONES.map(({ name }) => name))
const instant = fc.integer({ min: Date.UTC(1970, 0, 3), max: Date.UTC(2199, 11, 29) })
const near = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2040, 0, 1) })

/** Calendars of all three kinds; those that never fire are refused and not tried. */
const calendar = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: cronExpression([2005, 2040]) },
      fc
        .tuple(fc.integer({ min: 1, max: 90 }), fc.constantFrom('minutes', 'hours', 'days'))
        .map(([n, unit]) => `rate(${n} ${unit})`),
      near.map((at) => `at(${new Date(at).toISOString().slice(0, 19)})`),
    ),
    zone,
    near,
  )
  .map(([when, timezone, start]) => ({ when, timezone, calendar: compiled(when, timezone, start) }))
  .filter(
    (found): found is { when: string; timezone: string; calendar: Calendar } => found.calendar !== undefined,
  )

function compiled(when: string, timezone: string, start: number): Calendar | undefined {
  try {
    return compile(when, timezone, { start })
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

function take(calendar: Calendar, from: number, to: number, count: number): number[] {
  const found: number[] = []
  for (const at of calendar.between(from, to)) if (found.push(at) === count) break
  return found
}

describe('a calendar', () => {
  it('steps forward strictly, and back over the same instants', () => {
    fc.assert(
      fc.property(calendar, near, ({ calendar }, from) => {
        const forward: number[] = []
        for (let at = calendar.next(from); at !== undefined && forward.length < 50; at = calendar.next(at)) {
          expect(at).toBeGreaterThan(forward.at(-1) ?? from)
          forward.push(at)
        }
        for (const [i, at] of forward.entries()) {
          const before = calendar.previous(at)
          if (i > 0) expect(before).toBe(forward[i - 1])
          if (before !== undefined) expect(calendar.next(before)).toBe(at)
          expect(calendar.next(at - 1)).toBe(at)
          expect(calendar.previous(at + 1)).toBe(at)
        }
      }),
      { numRuns: tries(300) },
    )
  })

  it('has nothing between an instant and its next or previous', () => {
    fc.assert(
      fc.property(calendar, instant, ({ calendar }, at) => {
        const next = calendar.next(at)
        const previous = calendar.previous(at)
        if (next !== undefined) expect(take(calendar, at + 1, next, 1)).toEqual([])
        if (previous !== undefined) expect(take(calendar, previous + 1, at, 1)).toEqual([])
        if (next !== undefined) expect(calendar.previous(next) ?? at).toBeLessThanOrEqual(at)
        if (previous !== undefined) expect(calendar.next(previous) ?? at).toBeGreaterThanOrEqual(at)
      }),
      { numRuns: tries(300) },
    )
  })

  it('lists an interval as its parts do, wherever it is cut', () => {
    fc.assert(
      fc.property(
        calendar,
        near,
        fc.array(fc.integer({ min: 0, max: 40 * DAY }), { maxLength: 4 }),
        ({ calendar }, from, cuts) => {
          const to = from + 40 * DAY
          const edges = [from, ...cuts.map((cut) => from + cut).sort((a, b) => a - b), to]
          const parts = edges.slice(1).flatMap((end, i) => [...calendar.between(edges[i] ?? from, end)])
          expect(parts).toEqual([...calendar.between(from, to)])
        },
      ),
      { numRuns: tries(150) },
    )
  })

  it('includes the beginning of an interval and not its end', () => {
    fc.assert(
      fc.property(calendar, near, ({ calendar }, from) => {
        const at = calendar.next(from)
        if (at === undefined) return
        expect(take(calendar, at, at + 1, 2)).toEqual([at])
        expect(take(calendar, at - 1, at, 2)).toEqual([])
        expect(take(calendar, at, at, 2)).toEqual([])
        expect(take(calendar, at + 1, at, 2)).toEqual([])
      }),
    )
  })
})

describe('an expression that never fires again', () => {
  it.each([
    ['cron(0 0 29 2 ? 2024)', 'UTC'],
    ['cron(0 3 * * ? 1970-2025)', 'Asia/Tokyo'],
    // Second Sundays of March at 02:30: skipped every year since 2007.
    ['cron(30 2 ? 3 1#2 *)', 'America/New_York'],
  ])('%s says so at once', (when, timezone) => {
    const calendar = compile(when, timezone)
    const now = Date.UTC(2026, 10, 24)
    const started = performance.now()
    expect(calendar.next(now)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(within(2000))
    expect(calendar.previous(now)).toBeLessThan(now)
  })

  it('knows the edges of what AWS knows, and accepts any instant', () => {
    for (const timezone of ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const calendar = compile('cron(0 0 * * ? *)', timezone)
      const first = calendar.next(Number.NEGATIVE_INFINITY) ?? Number.NaN
      const last = calendar.previous(Number.POSITIVE_INFINITY) ?? Number.NaN
      expect(Math.abs(first - Date.UTC(1970, 0, 1))).toBeLessThan(DAY)
      expect(Math.abs(last - Date.UTC(2199, 11, 31))).toBeLessThan(DAY)
      expect(calendar.previous(first)).toBeUndefined()
      expect(calendar.next(last)).toBeUndefined()
      expect(calendar.next(Number.POSITIVE_INFINITY)).toBeUndefined()
      expect(calendar.next(Number.MAX_VALUE)).toBeUndefined()
      expect(calendar.previous(Number.NEGATIVE_INFINITY)).toBeUndefined()
      expect(calendar.next(first - 0.5)).toBe(first)
      expect(calendar.next(first + 0.5)).toBe(first + DAY)
      expect(calendar.previous(last + 0.5)).toBe(last)
    }
  })
})
