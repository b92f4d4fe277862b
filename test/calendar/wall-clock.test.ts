import { describe, expect, it } from 'vitest'
import { wallClock } from '../../src/calendar/wall-clock.ts'
import { changesOf, ZONES } from './zones.ts'

const HOUR = 3_600_000

describe('wallClock', () => {
  it('finds every change of offset, once', () => {
    for (const {
      name,
      years: [first, last],
    } of ZONES) {
      const years: [number, number] = [first, Math.min(last, first + 20)]
      const found = wallClock(name).changes(Date.UTC(years[0], 0, 1), Date.UTC(years[1] + 1, 0, 1))
      const expected = changesOf(name, years)
      expect(found.length, name).toBe(expected.length)
      expect(found.map(({ instant }) => instant)).toEqual(
        found.map(({ instant }) => instant).toSorted((a, b) => a - b),
      )
      // Noticed within twelve hours, and told by its date.
      for (const [i, { instant }] of found.entries()) {
        const late = Date.parse(expected[i] ?? '') - instant
        expect(late > -24 * HOUR && late <= 12 * HOUR, `${name} ${expected[i]}`).toBe(true)
      }
    }
  })

  it('takes an interval of changes from inclusive, to exclusive', () => {
    const spring = Date.parse('2026-03-08T07:00:00Z')
    const change = { instant: spring, before: -5 * HOUR, after: -4 * HOUR }
    const clock = wallClock('America/New_York')
    expect(clock.changes(spring, spring + 1)).toEqual([change])
    expect(clock.changes(spring - 1, spring)).toEqual([])
    expect(clock.changes(spring + 1, spring + 2)).toEqual([])
    expect(clock.changes(spring, spring)).toEqual([])
  })

  it('tells the offset of both passes of a repeated hour', () => {
    const { offsetAt } = wallClock('America/New_York')
    const autumn = Date.parse('2026-11-01T06:00:00Z')
    expect([autumn - HOUR, autumn - 1, autumn, autumn + HOUR].map(offsetAt)).toEqual(
      [-4, -4, -5, -5].map((h) => h * HOUR),
    )
    expect(wallClock('Asia/Kathmandu').offsetAt(autumn)).toBe(5.75 * HOUR)
    expect(wallClock('UTC').offsetAt(autumn)).toBe(0)
  })

  it('sees a change that is undone a week later, and offsets with seconds', () => {
    const changes = wallClock('America/Noronha').changes(Date.UTC(2000, 8, 1), Date.UTC(2000, 11, 1))
    expect(changes.map(({ instant }) => new Date(instant).toISOString())).toEqual([
      '2000-10-08T02:00:00.000Z',
      '2000-10-15T01:00:00.000Z',
    ])
    expect(wallClock('Africa/Monrovia').offsetAt(0)).toBe(-(44 * 60 + 30) * 1_000)
    const [settled] = wallClock('Africa/Monrovia').changes(0, Date.UTC(1973, 0, 1))
    expect(settled).toEqual({ instant: Date.parse('1972-01-07T00:44:30Z'), before: -2_670_000, after: 0 })
  })

  it('covers local time without overlap, in step with instants', () => {
    for (const { name, weeks } of ZONES)
      for (const week of weeks) {
        const clock = wallClock(name)
        const at = Date.parse(week)
        let stretch = clock.endingAfter(at - 48 * HOUR)
        while (stretch.to - stretch.offset < at + 48 * HOUR) {
          const next = clock.endingAfterLocal(stretch.to)
          expect(next.from, name).toBeGreaterThanOrEqual(stretch.to)
          expect(next.from - next.offset, name).toBeGreaterThanOrEqual(stretch.to - stretch.offset)
          expect(clock.beginningBefore(next.from - next.offset + 1), name).toEqual(next)
          stretch = next
          // The same stretch again, cut by another page: enough seen.
          if (next.to === stretch.to && next.to - next.offset >= at + 48 * HOUR) break
        }
      }
  })
})
