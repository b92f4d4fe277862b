import { iso } from '../model/time.ts'
import { daysInMonth } from './civil.ts'
import type { Calendar } from './expression.ts'
import { ExpressionError } from './expression.ts'
import type { WallClock } from './wall-clock.ts'

const SHAPE = 'at(yyyy-mm-ddThh:mm:ss)'

/** One instant, in the schedule's zone. Throws ExpressionError. */
export function atCalendar(when: string, timezone: string, clock: WallClock): Calendar {
  const local = localTimeOf(when)
  const stretch = clock.endingAfterLocal(local)
  if (local < stretch.from) {
    const after = iso(stretch.from).slice(0, 19)
    throw new ExpressionError(
      `this local time does not exist in ${timezone}: clocks skip it`,
      inside(when),
      `write at(${after}), the first moment after the gap, or a time before it`,
    )
  }
  const instant = local - stretch.offset
  return {
    next: (after) => (instant > after ? instant : undefined),
    previous: (before) => (instant < before ? instant : undefined),
    *between(from, to) {
      if (instant >= from && instant < to) yield instant
    },
  }
}

function localTimeOf(when: string): number {
  const match = /^at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)$/.exec(when)
  if (match === null)
    throw new ExpressionError(`AWS reads one form only: ${SHAPE}`, inside(when), hintFor(when))
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  const dateExists = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!dateExists || year < 1970 || year > 2199)
    throw new ExpressionError(
      'this date does not exist, or is outside 1970–2199',
      { offset: 'at('.length, length: 'yyyy-mm-dd'.length },
      'check year, month and day',
    )
  if (hour > 23 || minute > 59 || second > 59)
    throw new ExpressionError(
      'this time of day does not exist',
      { offset: 'at(yyyy-mm-ddT'.length, length: 'hh:mm:ss'.length },
      'hours run from 00 to 23, minutes and seconds from 00 to 59',
    )
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function hintFor(when: string): string {
  if (/(Z|[+-]\d\d:?\d\d)\)$/.test(when))
    return `write ${SHAPE} without Z or offset; the schedule's timezone says where`
  return `write ${SHAPE}, such as at(2027-01-31T03:00:00)`
}

function inside(when: string): { offset: number; length: number } {
  return { offset: 'at('.length, length: when.length - 'at()'.length }
}
