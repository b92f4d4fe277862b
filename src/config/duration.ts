import { formatDuration } from '../calendar/format.ts'

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 }
const PART = /(\d+)([smhd])/g
const WHOLE = /^(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?$/

/** Whole seconds in `30m`, `1h30m`, `45s`, `2d`; undefined where the text is no such duration, or zero. */
export function parseDuration(text: string): number | undefined {
  if (text === '' || !WHOLE.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(PART)) {
    seconds += Number(amount) * SECONDS[unit as keyof typeof SECONDS]
  }
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined
}

/** The same the other way: whole seconds as `1h30m`. */
export function writeDuration(seconds: number): string {
  let left = seconds
  const parts = Object.entries(SECONDS)
    .reverse()
    .map(([unit, size]) => {
      const count = Math.floor(left / size)
      left %= size
      return count > 0 ? `${count}${unit}` : ''
    })
  return parts.join('')
}

/** What a text that is no duration may have meant, between two bounds in seconds: each proposal with its length. */
export function durationHint(text: string, min: number, max: number): string {
  const proposals = candidates(text.trim().toLowerCase()).flatMap((candidate) => {
    const seconds = parseDuration(candidate)
    if (seconds === undefined || seconds < min || seconds > max) return []
    return [`${candidate} (${formatDuration(seconds * 1_000)})`]
  })
  if (proposals.length === 0) return 'write whole days, hours, minutes, seconds: 45s, 30m, 1h30m, 2d'
  return `write ${proposals.join(' or ')}`
}

/** A number alone says nothing of its unit: each that fits is named. */
function candidates(text: string): string[] {
  if (/^\d+$/.test(text)) return Object.keys(SECONDS).map((unit) => `${text}${unit}`)
  const weeks = /^(\d+) ?w(eeks?)?$/.exec(text)
  if (weeks !== null) return [`${7 * Number(weeks[1])}d`]
  const units = /(\d+) ?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])[ ,]*/g
  return [text.replaceAll(units, (_whole, count: string, unit: string) => `${count}${unit.slice(0, 1)}`)]
}
