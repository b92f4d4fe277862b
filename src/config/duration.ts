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
