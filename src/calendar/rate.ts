import { DAY, MINUTE } from '../model/time.ts'
import type { Calendar } from './expression.ts'
import { ExpressionError } from './expression.ts'

const UNITS: Record<string, number> = { minute: MINUTE, hour: 60 * MINUTE, day: DAY }

/** The step of a `rate()` in ms: a day is 24 hours by the clock, whatever the zone does. Throws ExpressionError. */
export function periodOf(when: string): number {
  const inside = { offset: 'rate('.length, length: when.length - 'rate()'.length }
  const match = /^rate\(([1-9]\d{0,5}) (minute|hour|day)s?\)$/.exec(when)
  const unit = UNITS[match?.[2] ?? '']
  if (match === null || unit === undefined)
    throw new ExpressionError('AWS reads rate(value unit) only', inside, hintFor(when))
  return Number(match[1]) * unit
}

function hintFor(when: string): string {
  const body = when.slice('rate('.length, -1)
  if (/second/.test(body)) return 'the shortest rate is rate(1 minute)'
  return 'a whole number from 1, one space, and minutes, hours or days, such as rate(12 hours)'
}

/** `start` is the first occurrence (Scheduler's StartDate), epoch ms. Throws ExpressionError. */
export function rateCalendar(when: string, start: number | undefined): Calendar {
  const period = periodOf(when)
  if (start === undefined)
    throw new ExpressionError(
      'a rate() needs a start, or its occurrences depend on when it was deployed',
      { offset: 0, length: when.length },
      'add start: with the first occurrence, such as start: 2027-01-01T03:00:00Z',
    )
  const next = (after: number): number => {
    const steps = Math.floor((after - start) / period) + 1
    return start + Math.max(steps, 0) * period
  }
  return {
    next,
    previous: (before) => {
      const steps = Math.ceil((before - start) / period) - 1
      return steps < 0 ? undefined : start + steps * period
    },
    *between(from, to) {
      for (let at = next(from - 1); at < to; at += period) yield at
    },
  }
}
