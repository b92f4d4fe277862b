import { formatDuration } from '../calendar/format.ts'

/** `12 ms`, `3.4 s`, then as `spellDuration`: `2 min 5 s`, `3 d 4 h`; a minus where something came early. */
export function durationText(ms: number): string {
  const [sign, size] = [ms < 0 ? '-' : '', Math.abs(ms)]
  if (size < 999.5) return `${sign}${Math.round(size)} ms`
  if (size < 59_950) return `${sign}${(size / 1_000).toFixed(1)} s`
  return sign + formatDuration(size)
}
