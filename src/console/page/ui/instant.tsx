import { formatLocal, two } from '../../../calendar/format.ts'
import { wallClock } from '../../../calendar/wall-clock.ts'

/**
 * Instants in words, by a zone's clock. A time without its zone never shows: beside it, or over its column. The clock
 * is the calendar's own, never the browser's: its zone data are of another release.
 */

const formats = new Map<string, Intl.DateTimeFormat>()

function formatted(at: number, timezone: string, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options)
  const format = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options })
  formats.set(key, format)
  return format.format(localOf(at, timezone))
}

/** What the wall shows, ms as if it showed UTC. */
function localOf(at: number, timezone: string): number {
  return at + wallClock(timezone).offsetAt(at)
}

/** `03:00:00`, or to the millisecond. */
export function clockText(at: number, timezone: string, milliseconds = false): string {
  const fraction = milliseconds ? { fractionalSecondDigits: 3 as const } : {}
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  return formatted(at, timezone, { ...clock, ...fraction })
}

/** `Tue 24 Nov 2026`. */
export function dateText(at: number, timezone: string): string {
  return formatted(at, timezone, {
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  }).replace(',', '')
}

/** `2026-11-24`. */
export function isoDate(at: number, timezone: string): string {
  const parts = formatted(at, timezone, { year: 'numeric', month: '2-digit', day: '2-digit' }).split('/')
  return parts.reverse().join('-')
}

const OVERLAPS = [30, 60].map((minutes) => minutes * 60_000)

/** `Asia/Tokyo`; with its offset at a time that clocks show twice: `Europe/Berlin GMT+02:00`. */
function zoneText(at: number, timezone: string): string {
  const wall = (instant: number) => localOf(instant, timezone)
  const isTwice = OVERLAPS.some((gap) => [at - gap, at + gap].some((other) => wall(other) === wall(at)))
  if (!isTwice) return timezone
  const offset = formatLocal(at, wall(at) - at).slice('2026-11-24T03:00:00'.length)
  return `${timezone} GMT${offset.replace('Z', '')}`
}

/** `Tue 24 Nov 2026 03:00:00 Asia/Tokyo`: for where only words can stand. */
export function instantText(at: number, timezone: string): string {
  return `${dateText(at, timezone)} ${clockText(at, timezone)} ${zoneText(at, timezone)}`
}

export function Instant({ at, timezone }: { at: number | string; timezone: string }) {
  const instant = typeof at === 'string' ? Date.parse(at) : at
  return (
    <time class="instant" dateTime={new Date(instant).toISOString()}>
      {dateText(instant, timezone)} <b>{clockText(instant, timezone)}</b>{' '}
      <span class="zone">{zoneText(instant, timezone)}</span>
    </time>
  )
}

/** `2 d 03:14:05`, or `03:14:05`; never less than nothing. */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  const days = Math.floor(seconds / 86_400)
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map(two)
    .join(':')
  return days > 0 ? `${days} d ${clock}` : clock
}
