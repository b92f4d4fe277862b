import { formatDate, formatTime } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'

export function localDate(at: number, timezone: string): string {
  return formatDate(at + wallClock(timezone).offsetAt(at))
}

/** `2027-03-28 03:00 Europe/Berlin`. */
export function localText(at: number, timezone: string): string {
  const local = at + wallClock(timezone).offsetAt(at)
  return `${formatDate(local)} ${formatTime(Math.floor(local / 1_000) * 1_000)} ${timezone}`
}
