import { MONTHS } from '../calendar/describe.ts'
import { formatTime } from '../calendar/format.ts'
import { type ReadInstant, readInstant } from '../calendar/instant.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { CannotDo } from '../model/errors.ts'
import { iso } from '../model/time.ts'
import { knownTimezone } from '../operate/occurrences.ts'
import type { Arguments, Terminal } from './command.ts'

/**
 * An instant of an option such as `--from`; a bare date is its midnight in UTC, or by the clock of `zone`, which then
 * counts for all that has no offset. Throws CannotDo.
 */
export function instantOf(option: string, text: string, zone?: string): number {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text)
  return readOption(option, text, readInstant(text, zone ?? (isDate ? 'UTC' : undefined))).at
}

/** `--timezone`: by whose clock local times are shown, and read; undefined: by their own. Throws CannotDo. */
export function zoneOption({ values: { timezone } }: Arguments): string | undefined {
  return typeof timezone === 'string' ? knownTimezone(timezone) : undefined
}

/** `Sun 29 Nov 03:00 Asia/Tokyo` of an instant, to the second; with its year where that is another than `now`'s. */
export function localText(at: number, timezone: string, now: number): string {
  const local = at + wallClock(timezone).offsetAt(at)
  const year = new Date(local).getUTCFullYear() !== new Date(now).getUTCFullYear()
  return `${dayText(Math.floor(local / 1_000) * 1_000, { year })} ${timezone}`
}

/**
 * An instant of an option such as `--at`: without an offset by the clock of the schedules that it concerns, which is
 * then said, for the laptop's may be another. Throws CannotDo, also where they have more than one clock.
 */
export function instantBySchedules(
  option: string,
  text: string,
  schedules: { timezone: string }[],
  terminal: Pick<Terminal, 'err'>,
): number {
  const [zone, ...others] = new Set(schedules.map(({ timezone }) => timezone))
  const { at, zone: by } = readOption(option, text, readInstant(text, others.length > 0 ? undefined : zone))
  if (by !== undefined) terminal.err(`--${option} ${text} by the clock of ${by}: ${iso(at)}\n`)
  return at
}

function readOption(option: string, text: string, read: ReadInstant) {
  if ('at' in read) return read
  throw new CannotDo(`--${option} ${text} ${read.problem}`, { hint: read.hint })
}

/** `Sun 29 Nov 2026 03:00` of a local time (ms as if the wall showed UTC); seconds where there are any. */
export function dayText(local: number, { year = true }: { year?: boolean } = {}): string {
  const date = new Date(local)
  const day = `${date.getUTCDate()}`.padStart(2)
  const month = MONTHS[date.getUTCMonth()]?.slice(0, 3)
  return `${weekdayText(local)} ${day} ${month} ${year ? `${date.getUTCFullYear()} ` : ''}${formatTime(local)}`
}

/** `Sat 18:00Z`: the weekday tells the date beside a local one, never more than a day away. */
export function utcText(instant: number): string {
  return `${weekdayText(instant)} ${formatTime(instant)}Z`
}

function weekdayText(local: number): string {
  return new Date(local).toUTCString().slice(0, 3)
}
