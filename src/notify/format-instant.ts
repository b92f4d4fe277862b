import { MONTHS, WEEKDAYS } from '../calendar/describe.ts'
import { formatTime } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'

/**
 * An ISO instant as people of a zone say it, and in UTC beside it:
 * `Sunday 29 November 2026, 03:00 Asia/Tokyo (2026-11-28 18:00 UTC)`.
 */
export function formatInstant(instant: string, zone: string): string {
  const there = localText(instant, zone)
  if (zone === 'UTC') return `${there} UTC`
  return `${there} ${zone} (${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC)`
}

function localText(instant: string, zone: string): string {
  const at = Date.parse(instant)
  const local = new Date(at + wallClock(zone).offsetAt(at))
  const [day, month] = [WEEKDAYS[local.getUTCDay()], MONTHS[local.getUTCMonth()]]
  return `${day} ${local.getUTCDate()} ${month} ${local.getUTCFullYear()}, ${formatTime(local.getTime())}`
}
