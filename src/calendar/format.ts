import { iso, MINUTE } from '../model/time.ts'

/** Times as people read them; all of English, none of Intl's surprises between versions. */

/** The two largest units: `3 d 4 h`, `45 min`, `30 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** `12 ms`, `3.4 s`, then as `formatDuration`; a minus where something came early. */
export function formatPreciseDuration(ms: number): string {
  const [sign, size] = [ms < 0 ? '-' : '', Math.abs(ms)]
  if (size < 999.5) return `${sign}${Math.round(size)} ms`
  if (size < 59_950) return `${sign}${(size / 1_000).toFixed(1)} s`
  return sign + formatDuration(size)
}

/** `2026-03-08` of a local time (ms as if the wall showed UTC). */
export function formatDate(local: number): string {
  return iso(local).slice(0, 10)
}

/** `02:30`, or `02:30:15` where there are seconds. */
export function formatTime(local: number): string {
  const time = iso(local).slice(11, 19)
  return time.endsWith(':00') ? time.slice(0, 5) : time
}

/** `+09:00` of an offset in ms, `Z` at zero; `UTC+09:00` and `UTC` with a prefix. */
export function formatOffset(offset: number, prefix = ''): string {
  if (offset === 0) return prefix === '' ? 'Z' : prefix
  const minutes = Math.abs(Math.trunc(offset / MINUTE))
  const hours = Math.floor(minutes / 60)
  return `${prefix}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes % 60)}`
}

/** `03`. */
export function two(count: number): string {
  return `${count}`.padStart(2, '0')
}

/** `2026-11-29T03:00:00+09:00`. */
export function formatLocal(instant: number, offset: number): string {
  return iso(instant + offset).slice(0, 19) + formatOffset(offset)
}
