import { CronExpressionParser } from 'cron-parser'
import { ExpressionError } from './expression.ts'

/** A piece of the expression and where it stands in the `when` text. */
export type Text = { text: string; offset: number }

type FieldName = 'minute' | 'hour' | 'day-of-month' | 'month' | 'day-of-week' | 'year'

type Field = {
  name: FieldName
  min: number
  max: number
  names: string[]
  /** Wildcards AWS documents for the field, beside names and numbers. */
  wildcards: string
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** Order, ranges and wildcards: EventBridge Scheduler User Guide, "Schedule types", cron-based schedules. */
export const FIELDS = [
  { name: 'minute', min: 0, max: 59, names: [], wildcards: ',-*/' },
  { name: 'hour', min: 0, max: 23, names: [], wildcards: ',-*/' },
  { name: 'day-of-month', min: 1, max: 31, names: [], wildcards: ',-*?/LW' },
  { name: 'month', min: 1, max: 12, names: MONTHS, wildcards: ',-*/' },
  { name: 'day-of-week', min: 1, max: 7, names: WEEKDAYS, wildcards: ',-*?L#' },
  { name: 'year', min: 1970, max: 2199, names: [], wildcards: ',-*/' },
] as const satisfies Field[]

/** All values of a list of terms, increasing, without repeats, numbered as AWS does. */
export function valuesOf(field: Field, { text, offset }: Text): number[] {
  const values = new Set<number>()
  if (text.split(',').includes(''))
    throw refuse(field, { text, offset }, 'has an empty item', 'remove the extra comma')
  let at = offset
  for (const term of text.split(',')) {
    for (const value of valuesOfTerm(field, { text: term, offset: at })) values.add(value)
    at += term.length + 1
  }
  return [...values].sort((a, b) => a - b)
}

function valuesOfTerm(field: Field, term: Text): number[] {
  const [range = '', step, ...more] = term.text.split('/')
  if (step !== undefined && !field.wildcards.includes('/'))
    throw refuse(field, term, 'takes no /', `list the values with commas, such as ${example(field)}`)
  if (more.length > 0) throw refuse(field, term, 'has more than one /', 'write start/step, such as 0/15')
  const every = step === undefined ? 1 : stepOf(field, term, step)
  if (range === '*') return read(field, field.min, field.max, every)
  const [from = '', to, ...rest] = range.split('-')
  if (rest.length > 0) throw refuse(field, term, 'has more than one -', 'write a range as from-to')
  const first = numberOf(field, term, from)
  if (to === undefined) return read(field, first, step === undefined ? first : field.max, every)
  const last = numberOf(field, term, to)
  return first <= last ? read(field, first, last, every) : wrapped(field, term, first, last, every)
}

/**
 * A range that runs over the end: `20-2` hours, `FRI-MON`. AWS gives the first as an example (EventBridge User Guide,
 * `cron(0/30 20-2 ? * MON-FRI *)`); years have no end to run over. A step keeps counting across.
 */
function wrapped(field: Field, term: Text, first: number, last: number, step: number): number[] {
  if (field.name === 'year')
    throw refuse(field, term, 'has a range that ends before it begins', `write ${last}-${first}`)
  const upper = read(field, first, field.max, step)
  const size = field.max - field.min + 1
  const resume = (upper.at(-1) ?? first) + step - size
  return resume > last ? upper : [...upper, ...read(field, resume, last, step)]
}

const parsed = new Map<string, number[]>()

/**
 * Reads one plain range with cron-parser, after translation to its dialect (weekdays 0–6). It knows no years, and a
 * term at a time because it refuses lists that name a value twice. Few terms are distinct, so they are kept.
 */
function read(field: Field, first: number, last: number, step: number): number[] {
  if (field.name === 'year') {
    const years = []
    for (let year = first; year <= last; year += step) years.push(year)
    return years
  }
  const shift = field.name === 'day-of-week' ? 1 : 0
  const term = first === last ? `${first - shift}` : `${first - shift}-${last - shift}/${step}`
  const key = `${field.name} ${term}`
  let values = parsed.get(key)
  if (values === undefined) {
    const slot = FIELDS.findIndex(({ name }) => name === field.name)
    const fields = CronExpressionParser.parse(['*', '*', '*', '*', '*'].with(slot, term).join(' ')).fields
    const read = [fields.minute, fields.hour, fields.dayOfMonth, fields.month, fields.dayOfWeek][slot]
    values = (read?.values ?? []).map((value) => Number(value) + shift)
    parsed.set(key, values)
  }
  return values
}

/** The number a value of the field stands for, name or digits. */
export function numberOf(field: Field, term: Text, value: string): number {
  const name = field.names.indexOf(value)
  if (name >= 0) return name + field.min
  if (field.names.includes(value.toUpperCase()))
    throw refuse(field, term, `knows ${value} in capitals only`, `write ${value.toUpperCase()}`)
  // A leading zero is common (08); more digits than the field has are a slip.
  if (!/^\d+$/.test(value) || value.length > `${field.max}`.length)
    throw refuse(field, term, `cannot read "${value}"`, rangeHint(field))
  const number = Number(value)
  if (number >= field.min && number <= field.max) return number
  if (field.name === 'day-of-week' && number === 0)
    throw refuse(field, term, 'has no day 0', 'AWS counts 1 = SUN to 7 = SAT: write 1 or SUN for Sunday')
  throw refuse(field, term, `has no ${number}`, rangeHint(field))
}

function stepOf(field: Field, term: Text, step: string): number {
  const every = /^\d+$/.test(step) ? Number(step) : 0
  if (every === 0) throw refuse(field, term, 'needs a whole number of at least 1 after /', 'such as 0/15')
  const most = field.name === 'year' ? field.max - field.min : field.max
  if (every > most)
    throw refuse(
      field,
      term,
      `has a step of ${every}, longer than the field`,
      `name the single value instead`,
    )
  return every
}

export function refuse(field: Field, { text, offset }: Text, what: string, hint: string): ExpressionError {
  const message = `the ${field.name} field ${what}`
  return new ExpressionError(message, { offset, length: text.length }, hint)
}

function rangeHint(field: Field): string {
  const names = field.names.length > 0 ? ` or ${field.names[0]}–${field.names.at(-1)}` : ''
  const wildcards = [...field.wildcards].join(' ')
  const first = field.name === 'day-of-week' ? ' (1 = SUN)' : ''
  return `it takes ${field.min}–${field.max}${names}${first}, and the wildcards ${wildcards}`
}

function example(field: Field): string {
  return field.name === 'day-of-week' ? 'MON,WED,FRI' : `${field.min},${field.max}`
}
