import { FIELDS } from './cron-field.ts'
import { weekdayOf, weekdaysByName } from './weekday-text.ts'

/**
 * What fields that AWS refuses may have meant: as AWS's own with a slip, as a crontab line, as Spring's or Quartz's
 * with seconds first. None is checked here, and none is guessed: what can be read in two ways is given in two.
 */
export type Interpretation = {
  /** In whose reading, where there is more than one. */
  dialect?: string
  /** Why it has to be written another way. */
  lead?: string
  /** What AWS cannot say at all: the expressions are alternatives, no more than near. */
  near?: string
  /** One expression, or as many as it takes schedules. */
  expressions: string[]
  note?: string
}

export function interpretationsOf(fields: string[]): Interpretation[] {
  if (fields.length === 5) return [crontab(fields)].filter((reading) => reading !== undefined)
  if (fields.length === 7) return withSeconds(fields)
  if (fields.length !== 6) return []
  const seconds = withSeconds(fields)
  const own = aws(fields)
  if (own === undefined) return seconds
  if (seconds.length > 0) return [...seconds, { ...own, dialect: 'if it is minutes' }]
  // `*/5 * * * * *` is every five seconds to Spring.
  const maybeSeconds = !fields.includes('?') && withSeconds(['0', ...fields.slice(1)]).length > 0
  return [maybeSeconds ? { ...own, lead: 'AWS knows no seconds; if the first field is minutes' } : own]
}

/** Five fields: weekdays from 0 = Sunday, and a date *or* a weekday where both are given. */
function crontab(fields: string[]): Interpretation | undefined {
  const [minute = '', hour = '', date = '', month = '', week = ''] = fields
  const days = weekdays(week, 0)
  if (days === undefined) return undefined
  // `*/2` beside a weekday is "and" in some crontabs, "or" in others.
  const either = /^\*\/|^\?/.test(date) || /^\*\/|^\?/.test(week)
  if (either && !isAny(date) && !isAny(week)) return undefined
  // `1 * 0-6` is the first, or any day at all.
  const dates = days === '*' && !isAny(week) ? '*' : date
  const reading = aws([minute, hour, dates, month, days, '*'])
  if (reading === undefined || days === week || !/\d/.test(week)) return reading
  return { ...reading, lead: 'crontab counts weekdays from 0 = Sunday, AWS from 1 = SUN' }
}

/** Six fields with the seconds first, or seven with a year last. Both days given is "and", which AWS has not. */
function withSeconds(fields: string[]): Interpretation[] {
  const [second = '', minute = '', hour = '', date = '', month = '', week = '', year = '*'] = fields
  if (!/^[0-5]?\d$/.test(second) || (!isAny(date) && !isAny(week))) return []
  const note =
    Number(second) === 0 ? {} : { note: `without its ${Number(second)} s: AWS starts on the minute` }
  const read = (first: 0 | 1, dialect: string): Interpretation[] => {
    const days = weekdays(week, first)
    const reading = days === undefined ? undefined : aws([minute, hour, date, month, days, year])
    return reading === undefined
      ? []
      : [{ ...reading, ...note, dialect, lead: 'AWS has no field for seconds' }]
  }
  const quartz = fields.length === 7 || [date, week].includes('?')
  const seconds = 'if the first field is seconds'
  if (!/\d/.test(week.replaceAll(/#\d/g, ''))) return read(1, `${seconds}, as in Spring and Quartz`)
  // Spring knows both spellings of "any", Quartz wants one of the two to be ?.
  return [
    ...(quartz ? read(1, `${seconds}, as in Quartz`) : []),
    ...(fields.length === 6 ? read(0, `${seconds}, as in Spring`) : []),
  ]
}

/** AWS's six fields, mended; undefined where nothing needs to be, or nothing can. */
function aws(fields: string[]): Interpretation | undefined {
  const mended = fields.map((field, index) => tidy(field, index))
  const [, , writtenDate = '', , writtenWeek = ''] = mended
  const zero = /(?<!#)0/.test(writtenWeek)
  const named = zero || writtenWeek.includes('/') ? weekdays(writtenWeek, zero ? 0 : 1) : undefined
  const [date, week] = oneDayField(writtenDate, named ?? writtenWeek)
  const write = (onDate: string, onWeek: string) =>
    `cron(${mended.with(2, onDate).with(4, onWeek).join(' ')})`
  if (date === 'LW' && week === '?') {
    return { near: 'last working day of a month', expressions: [write('L', '?'), write('?', 'FRIL')] }
  }
  const dates = /[LW]/.test(date) ? date.split(',') : [date]
  const weeks = /#|L(?=$|,)/.test(week) ? week.split(',') : [week]
  return {
    ...(zero && { lead: 'AWS counts 1 = SUN to 7 = SAT' }),
    expressions: [
      ...(date === '?' ? [] : dates.map((it) => write(it, '?'))),
      ...(week === '?' ? [] : weeks.map((it) => write('?', it))),
    ],
  }
}

/** AWS wants `?` in one of the two, and in one only. */
function oneDayField(date: string, week: string): [date: string, week: string] {
  if (date === '?' && week === '?') return ['*', week]
  if (week === '*') return [date, date === '?' ? '*' : '?']
  return week !== '?' && date === '*' ? ['?', week] : [date, week]
}

/** Names as AWS writes them, and a step beyond the field's end as the one value that it means. */
function tidy(field: string, index: number): string {
  const { names, max, min, name } = FIELDS[index] ?? FIELDS[0]
  const named = field.replaceAll(/[A-Za-z]{3,}/g, (word) => {
    const short = word.slice(0, 3).toUpperCase()
    if (!LONG.test(word) || !(names as readonly string[]).includes(short)) return word
    // `FRIL` is the last Friday; no weekday's own name ends so.
    return name === 'day-of-week' && /l$/i.test(word) ? `${short}L` : short
  })
  if (name === 'day-of-week') return named
  return named.replaceAll(/(?<=^|,)(\*|\d+)\/(\d+)(?=$|,)/g, (term, from: string, step: string) =>
    Number(step) > max ? (from === '*' ? `${min}` : from) : term,
  )
}

const LONG =
  /^(sun|mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?)(day)?l?$|^(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)$/i

function weekdays(text: string, first: 0 | 1): string | undefined {
  const week = tidy(text, 4)
  if (week === '?' || week === '*') return week
  if (week === 'L') return first === 1 ? week : undefined
  const one = /^(\w+?)(L|#[1-5])$/.exec(week)
  if (one === null) return weekdaysByName(week, first)
  const day = weekdayOf(one[1] ?? '', first)
  return day && `${day}${one[2]}`
}

function isAny(field: string): boolean {
  return field === '*' || field === '?'
}
