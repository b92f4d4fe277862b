import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { meaningOf } from '../../src/rotation/delivery.ts'
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
      'a start to come: the orchestrator knows that there is no occurrence before',
      'rate(1 hour)',
      '2027-01-01T00:00:00Z',
      { expression: 'cron(0 * * * ? *)', timezone: 'UTC' },
    ],
    [
      'a step that divides no day: between its occurrences, too',
      'rate(5 hours)',
      '2026-11-24T00:30:00Z',
      { expression: 'cron(30 * * * ? *)', timezone: 'UTC' },
    ],
    ['days', 'rate(5 days)', '2026-11-24T03:15:00Z', { expression: 'cron(15 3 * * ? *)', timezone: 'UTC' }],
    ['weeks', 'rate(14 days)', '2026-11-22T03:00:00Z', { expression: 'cron(0 3 ? * 1 *)', timezone: 'UTC' }],
    [
      'minutes beyond the hour',
      'rate(90 minutes)',
      '2026-11-24T00:10:00Z',
      { expression: 'cron(10,40 * * * ? *)', timezone: 'UTC' },
    ],
    [
      'seconds in the start: in the minute',
      'rate(1 hour)',
      '2026-11-24T00:00:30Z',
      { expression: 'cron(0 * * * ? *)', timezone: 'UTC' },
    ],
  ])('%s', (_, when, start, expected) => {
    expect(timingOf(entry({ when, timezone: 'Asia/Tokyo', ...(start && { start }) }))).toEqual(expected)
  })

  it('wakes the orchestrator at each occurrence of a rate, and for nothing that it takes for one', () => {
    const steps = fc.tuple(fc.integer({ min: 1, max: 72 }), fc.constantFrom('minutes', 'hours', 'days'))
    const starts = fc.integer({
      min: Date.parse('2026-01-01') / 1_000,
      max: Date.parse('2027-06-01') / 1_000,
    })
    fc.assert(
      fc.property(steps, starts, ([count, unit], startSecond) => {
        const when = `rate(${count} ${unit})`
        const start = startSecond * 1_000
        const schedule = entry({ when, start: new Date(start).toISOString() })
        const { expression, timezone } = timingOf(schedule)
        const wanted = compile(when, 'UTC', { start })
        const from = Math.max(NOW, start)
        const next = wanted.next((wanted.next(from) ?? 0) + 1) ?? 0
        const to = (Math.floor(next / 60_000) + 1) * 60_000
        const meanings = [...compile(expression, timezone).between(from - 3_600_000, to)].map((at) =>
          meaningOf(schedule, at, { early: false }),
        )
        const due = meanings.flatMap(({ is, occurrence }) => (is === 'DUE' ? [occurrence] : []))
        // A wake-up comes with the minute that the occurrence is in.
        expect(due).toEqual([...wanted.between(Math.ceil((from - 3_600_000) / 60_000) * 60_000, to)])
        expect(meanings.filter(({ is }) => is !== 'DUE' && is !== 'NOTHING')).toEqual([])
      }),
      { seed: 20261124 },
    )
  })
})
