import { FIELDS, numberOf, refuse, type Text, valuesOf } from './cron-field.ts'
import type { DayRule } from './day-rule.ts'
import { ExpressionError } from './expression.ts'

/** A `cron()` expression, read: which local minutes it means, in no particular zone. */
export type Cron = {
  /** Minutes since midnight, increasing. */
  times: number[]
  days: DayRule
  /** 1–12, increasing. */
  months: number[]
  /** Increasing. */
  years: number[]
}

type SixFields = [Text, Text, Text, Text, Text, Text]

const [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK, YEAR] = FIELDS

/** Reads the whole of `cron(…)`. Throws ExpressionError. */
export function parseCron(when: string): Cron {
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = cronFields(when)
  const minutes = valuesOf(MINUTE, plain(MINUTE, minute))
  const hours = valuesOf(HOUR, plain(HOUR, hour))
  onlyOneQuestionMark(dayOfMonth, dayOfWeek)
  const days = dayOfWeek.text === '?' ? dayOfMonthRule(dayOfMonth) : dayOfWeekRule(dayOfWeek)
  return {
    times: hours.flatMap((h) => minutes.map((m) => h * 60 + m)),
    days,
    months: valuesOf(MONTH, plain(MONTH, month)),
    years: valuesOf(YEAR, plain(YEAR, year)),
  }
}

/** The six fields and where they stand. Throws ExpressionError where there are not six. */
export function cronFields(when: string): SixFields {
  const body = when.slice('cron('.length, -1)
  const space = /[^\S ]/.exec(body)
  if (space !== null) throw notASpace(space[0], space.index + 'cron('.length)
  const fields = [...body.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    offset: match.index + 'cron('.length,
  }))
  const whole = { offset: 'cron('.length, length: body.length }
  if (fields.length !== 6)
    throw new ExpressionError(
      `AWS takes six fields, this has ${COUNTS[fields.length] ?? fields.length}`,
      whole,
      'write cron(minute hour day-of-month month day-of-week year), such as cron(0 3 ? * SUN *)',
    )
  if (body.trim() !== body)
    throw new ExpressionError('AWS takes no space inside the brackets', whole, 'remove it')
  return fields as SixFields
}

const COUNTS: Record<number, string> = {
  0: 'none',
  5: 'five (the year is missing)',
}

/** What looks like a space: a tab, the full-width space of East Asian keyboards, the hard one that web pages hold. */
function notASpace(character: string, offset: number): ExpressionError {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  const what = { '\t': 'a tab', '\u3000': 'a full-width space', '\u00a0': 'a no-break space' }[character]
  return new ExpressionError(
    `${what ?? 'a character'} (U+${code}) stands between the fields`,
    { offset, length: 1 },
    'plain spaces are expected',
  )
}

/** Fields without dates or weekdays know only , - * and /. */
function plain(field: (typeof FIELDS)[number], text: Text): Text {
  if (text.text.includes('?'))
    throw refuse(field, text, 'takes no ?', 'write * for any; ? belongs to day-of-month or day-of-week')
  return text
}

function onlyOneQuestionMark(dayOfMonth: Text, dayOfWeek: Text): void {
  const [date, week] = [dayOfMonth.text === '?', dayOfWeek.text === '?']
  if (date !== week) return
  if (date)
    throw refuse(DAY_OF_MONTH, dayOfMonth, 'and the day-of-week field are both ?', 'write * here for any day')
  const [to, field, other] =
    dayOfMonth.text === '*' && dayOfWeek.text !== '*'
      ? [DAY_OF_MONTH, dayOfMonth, 'day-of-week']
      : [DAY_OF_WEEK, dayOfWeek, 'day-of-month']
  const both = `and the ${other} field are both given; AWS wants exactly one of them to be ?`
  throw refuse(to, field, both, 'write ? for the one that does not count')
}

function dayOfMonthRule(field: Text): DayRule {
  const { text } = field
  if (text === 'L') return { kind: 'lastDay' }
  const nearest = /^(\d+)W$/.exec(text)
  if (nearest?.[1] !== undefined)
    return { kind: 'nearestWeekday', day: numberOf(DAY_OF_MONTH, field, nearest[1]) }
  if (/[LW?]/.test(text))
    throw refuse(
      DAY_OF_MONTH,
      field,
      `cannot combine ${/[LW?]/.exec(text)?.[0]} with anything else`,
      'write L for the last day, or 15W for the weekday nearest the 15th; other days need a schedule of their own',
    )
  return {
    kind: 'dates',
    mask: valuesOf(DAY_OF_MONTH, field).reduce((mask, day) => mask | (1 << (day - 1)), 0),
  }
}

/** L, # and ? outside of a name. */
const COMBINED = /[#?]|L(?=$|[,/-])/

function dayOfWeekRule(field: Text): DayRule {
  const { text } = field
  // "The last day of the week" (AWS): weeks run from 1 = SUN to 7 = SAT.
  if (text === 'L') return { kind: 'weekdays', mask: 1 << 6 }
  const last = /^([^,\-#L]+)L$/.exec(text)
  if (last?.[1] !== undefined)
    return { kind: 'lastWeekday', weekday: numberOf(DAY_OF_WEEK, field, last[1]) - 1 }
  const nth = /^([^,\-#L]+)#([^,\-#L]*)$/.exec(text)
  if (nth?.[1] !== undefined && nth[2] !== undefined) {
    if (!/^[1-5]$/.test(nth[2]))
      throw refuse(DAY_OF_WEEK, field, 'needs 1 to 5 after #', 'such as 3#2, the second Tuesday')
    return { kind: 'nthWeekday', weekday: numberOf(DAY_OF_WEEK, field, nth[1]) - 1, nth: Number(nth[2]) }
  }
  if (COMBINED.test(text))
    throw refuse(
      DAY_OF_WEEK,
      field,
      `cannot combine ${COMBINED.exec(text)?.[0]} with anything else`,
      'write 6L for the last Friday, or 3#2 for the second Tuesday; other days need a schedule of their own',
    )
  return {
    kind: 'weekdays',
    mask: valuesOf(DAY_OF_WEEK, field).reduce((mask, day) => mask | (1 << (day - 1)), 0),
  }
}
