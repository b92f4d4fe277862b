import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { timingOf } from '../../src/schedules/timing.ts'
import { entry } from './entry.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

describe('what AWS is told', () => {
  it.each([
    [
      'cron as written',
      'cron(0 3 ? * SUN *)',
      undefined,
      { expression: 'cron(0 3 ? * SUN *)', timezone: 'Asia/Tokyo' },
    ],
    [
      'at as written',
      'at(2027-01-31T03:00:00)',
      undefined,
      { expression: 'at(2027-01-31T03:00:00)', timezone: 'Asia/Tokyo' },
    ],
    [
      'a quarter of an hour',
      'rate(15 minutes)',
      '2026-01-01T00:05:00Z',
      { expression: 'cron(5,20,35,50 * * * ? *)', timezone: 'UTC' },
    ],
    [
      'twelve hours',
      'rate(12 hours)',
      '2026-01-01T15:30:00Z',
      { expression: 'cron(30 3,15 * * ? *)', timezone: 'UTC' },
    ],
    [
      'a day',
      'rate(24 hours)',
      '2026-01-01T15:30:00+09:00',
      { expression: 'cron(30 6 * * ? *)', timezone: 'UTC' },
    ],
    ['a week', 'rate(7 days)', '2026-11-22T03:00:00Z', { expression: 'cron(0 3 ? * 1 *)', timezone: 'UTC' }],
    [
      'a start to come',
      'rate(1 hour)',
      '2027-01-01T00:00:00Z',
      { expression: 'cron(0 * * * ? *)', timezone: 'UTC', startDate: '2027-01-01T00:00:00.000Z' },
    ],
    [
      'a step that divides no day',
      'rate(5 hours)',
      '2026-11-24T00:00:00Z',
      { expression: 'rate(5 hours)', timezone: 'UTC', startDate: '2026-11-24T15:00:00.000Z' },
    ],
    [
      'seconds in the start',
      'rate(1 hour)',
      '2026-11-24T00:00:30Z',
      { expression: 'rate(1 hour)', timezone: 'UTC', startDate: '2026-11-24T12:00:30.000Z' },
    ],
  ])('%s', (_, when, start, expected) => {
    expect(timingOf(entry({ when, timezone: 'Asia/Tokyo', ...(start && { start }) }), NOW)).toEqual(expected)
  })

  it('fires a rate at the same instants as the calendar says, whatever its step and start', () => {
    const steps = fc.tuple(fc.integer({ min: 1, max: 72 }), fc.constantFrom('minutes', 'hours', 'days'))
    const starts = fc.integer({
      min: Date.parse('2026-01-01') / 60_000,
      max: Date.parse('2027-06-01') / 60_000,
    })
    fc.assert(
      fc.property(steps, starts, ([count, unit], startMinute) => {
        const when = `rate(${count} ${unit})`
        const start = startMinute * 60_000
        const { expression, timezone, startDate } = timingOf(
          entry({ when, start: new Date(start).toISOString() }),
          NOW,
        )
        const live = compile(
          expression,
          timezone,
          startDate === undefined ? {} : { start: Date.parse(startDate) },
        )
        const wanted = compile(when, 'UTC', { start })
        let [at, liveAt] = [NOW, Math.max(NOW, startDate === undefined ? 0 : Date.parse(startDate) - 1)]
        for (let i = 0; i < 50; i++) {
          at = wanted.next(at) ?? Number.NaN
          liveAt = live.next(liveAt) ?? Number.NaN
          expect(liveAt).toBe(at)
        }
      }),
      { seed: 20261124 },
    )
  })
})
