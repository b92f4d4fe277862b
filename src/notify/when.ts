/**
 * An ISO instant as people of a zone say it, and in UTC beside it:
 * `Sunday 29 November 2026, 03:00 Asia/Tokyo (2026-11-28 18:00 UTC)`.
 */
export function whenText(instant: string, zone: string): string {
  const there = localText(instant, zone)
  if (zone === 'UTC') return `${there} UTC`
  return `${there} ${zone} (${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC)`
}

function localText(instant: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(instant))
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]))
  const seconds = of.second === '00' ? '' : `:${of.second}`
  return `${of.weekday} ${of.day} ${of.month} ${of.year}, ${of.hour}:${of.minute}${seconds}`
}
