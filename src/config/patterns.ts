/**
 * What editors can check while one types: regular expressions for JSON Schema. Each takes at least what `validate`
 * takes, and refuses what a grammar can tell to be wrong; a test asks both of the same texts.
 */

/** Whole numbers from 0 to `most`, leading zeros too. */
function upTo(most: number): string {
  const digits = String(most)
  const below = [...digits].flatMap((digit, index) =>
    digit === '0'
      ? []
      : [`${digits.slice(0, index)}[0-${Number(digit) - 1}]${any(digits.length - index - 1)}`],
  )
  return `0*(${[...(digits.length > 1 ? [`\\d{1,${digits.length - 1}}`] : []), ...below, digits].join('|')})`
}

function any(count: number): string {
  return count === 0 ? '' : `\\d{${count}}`
}

/** `1h30m` up to a number of seconds, unit by unit. */
export function durationPattern(mostSeconds: number): string {
  const part = (unit: string, seconds: number) => {
    const most = Math.floor(mostSeconds / seconds)
    return most === 0 ? '' : `(${upTo(most)}${unit})?`
  }
  return `^(?=.)${part('d', 86_400)}${part('h', 3_600)}${part('m', 60)}${part('s', 1)}$`
}

/** A date of the calendar, but for 29 February. */
const DATE = '\\d{4}-(?!02-3)(?!(0[469]|11)-31)(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])'
const TIME = '([01]\\d|2[0-3]):[0-5]\\d'

export const LOCAL_TIME_PATTERN = `^${DATE}(T${TIME}(:[0-5]\\d)?)?$`
export const INSTANT_PATTERN = `^${DATE}T${TIME}(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$`

/** Of day-of-month and day-of-week exactly one is `?`, and no other field. */
const CRON = [
  '(?=[^?]*\\?[^?]*$)[0-9,*/-]+',
  '[0-9,*/-]+',
  '[0-9,*?/LW-]+',
  '[0-9A-Z,*/-]+',
  '[0-9A-Z,*?#-]+',
  '[0-9,*/-]+',
].join(' +')
export const WHEN_PATTERN = `^(cron\\(${CRON}\\)|rate\\([1-9]\\d{0,5} (minute|hour|day)s?\\)|at\\(${DATE}T${TIME}:[0-5]\\d\\))$`

export const ACCOUNT_PATTERN = '^\\d{12}$'
export const REGION_PATTERN = '^[a-z]{2,4}(-[a-z]+)+-\\d$'

/** Names, and whole ARNs, which end in a hyphen and six letters or digits. */
const NAME = '([a-z][a-z0-9-]*!)?[A-Za-z0-9/_+=.@-]'
export const SECRET_PATTERN = `^((?=.{1,512}$)${NAME}+|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:${NAME}+-[A-Za-z0-9]{6})$`
