import { DAY, MINUTE } from '../model/time.ts'
import { dayNumber, daysInMonth } from './civil.ts'
import { formatLocal } from './format.ts'
import { wallClock } from './wall-clock.ts'

/**
 * The one reader of instants that people, or AWS, have written: ISO 8601 with `Z` or an offset, or a local date or
 * date-time by the clock of a zone that the caller names. Never the zone of the machine that happens to read it, and
 * never `Date.parse`, which takes `12/01/2026` and makes 1 December of 31 November. Past this door an instant travels
 * as an instant. Decision 0103.
 */
export type ReadInstant =
  /** Epoch ms. `zone`: by whose clock, where the text itself did not say: an answer tells it. */
  | { at: number; zone?: string }
  /** What is wrong with it, to be read after the text itself, and what to write instead. */
  | { problem: string; hint: string }

/** As the calendar's expressions have them. */
const [FIRST_YEAR, LAST_YEAR] = [1970, 2199]

/** No place's clock has ever been further from UTC since 1970 (Kiritimati, Baker Island). */
const [MOST_WEST, MOST_EAST] = [-12 * 60 * MINUTE, 14 * 60 * MINUTE]

const FORM =
  /^(?<date>\d{4}-\d\d-\d\d)(?:T(?<time>\d\d:\d\d(?::\d\d)?)(?:\.(?<fraction>\d{1,9}))?(?<offset>Z|[+-]\d\d:\d\d)?)?$/

/**
 * Reads an instant, to the millisecond; what is finer is cut off. `zone`: whose clock counts where the text has no
 * offset; without one such a text is refused. A local time that the clocks skip, or show twice, is refused: the hint has
 * the two instants that may be meant.
 */
export function readInstant(text: unknown, zone?: string): ReadInstant {
  if (typeof text !== 'string') return { problem: 'is no text', hint: EXAMPLE }
  const { date, time = '00:00', fraction = '', offset } = FORM.exec(text)?.groups ?? {}
  if (date === undefined) return { problem: 'is no instant', hint: EXAMPLE }
  // A fraction belongs to a second.
  if (fraction !== '' && time.length < 8) return { problem: 'is no instant', hint: EXAMPLE }
  const day = localTimeIn(date)
  if (day === undefined) return { problem: 'is no date of the calendar', hint: 'check its month and its day' }
  if (day.year < FIRST_YEAR || day.year > LAST_YEAR)
    return { problem: 'is out of range', hint: `years go from ${FIRST_YEAR} to ${LAST_YEAR}` }
  const clock = localTimeIn(`${date}T${time}`)
  if (clock === undefined)
    return { problem: 'is no time of day', hint: 'hours go from 00 to 23, minutes and seconds from 00 to 59' }
  const local = localOf(clock) + Number(fraction.padEnd(3, '0').slice(0, 3))
  if (offset !== undefined) {
    const ahead = offsetIn(offset)
    return ahead === undefined
      ? {
          problem: `has the offset ${offset}, which no clock has`,
          hint: 'from -12:00 to +14:00, or Z for UTC',
        }
      : { at: local - ahead }
  }
  if (zone === undefined)
    return { problem: 'does not say by whose clock', hint: `add the offset: ${text.slice(0, 10)}T${time}Z` }
  return byClock(local, zone)
}

/** Epoch ms of a text that was read before: validation lets no other through. */
export function instantIn(text: string): number {
  const read = readInstant(text)
  if ('problem' in read) throw new RangeError(`"${text}" ${read.problem}; validation lets none through`)
  return read.at
}

const EXAMPLE = 'write 2026-12-01T03:00:00Z, or with another offset: 2026-12-01T03:00+09:00'

/** Of the instants at which the zone's clock shows this local time, the only one. */
function byClock(local: number, zone: string): ReadInstant {
  const { offsetAt } = wallClock(zone)
  // No two changes of a clock have been so close, and no offset is so long, that a third could count here.
  const offsets = [...new Set([offsetAt(local - DAY), offsetAt(local + DAY)])]
  const [at, second] = offsets.filter((offset) => offsetAt(local - offset) === offset)
  const meant = offsets
    .map((offset) => local - offset)
    .map((instant) => formatLocal(instant, offsetAt(instant)))
    .join(' or ')
  if (at === undefined) return { problem: `is skipped by the clocks of ${zone}`, hint: `write ${meant}` }
  if (second !== undefined) return { problem: `comes twice by the clocks of ${zone}`, hint: `write ${meant}` }
  return { at: local - at, zone }
}

function offsetIn(text: string): number | undefined {
  if (text === 'Z') return 0
  const [hours = 0, minutes = 0] = text.slice(1).split(':').map(Number)
  const size = (hours * 60 + minutes) * MINUTE
  const offset = text.startsWith('-') ? -size : size
  return minutes > 59 || offset < MOST_WEST || offset > MOST_EAST ? undefined : offset
}

/** A date and a time of day, in no zone. `timeOfDay`: ms. */
export type LocalTime = { year: number; month: number; day: number; timeOfDay: number }

/**
 * Reads `2026-12-25` (its midnight) or `2026-12-25T18:00` (seconds allowed): as written, in no zone. Undefined where the
 * text is neither or the date does not exist.
 */
export function localTimeIn(text: string): LocalTime | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((n) => Number(n ?? 0))
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return { year, month, day, timeOfDay: hour * 60 * MINUTE + minute * MINUTE + second * 1000 }
}

/** Milliseconds as if the clock on the wall showed UTC. */
export function localOf({ year, month, day, timeOfDay }: LocalTime): number {
  return dayNumber(year, month, day) * DAY + timeOfDay
}
