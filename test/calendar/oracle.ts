/**
 * An independent reading of EventBridge Scheduler's cron: every minute of an interval is asked for its local fields
 * through Intl, and the six fields are matched one by one against it, as AWS's pages describe them. Slow, naive, and
 * shares neither code nor zone data with src/calendar: so it is right only where this Node's own data are, which
 * test/calendar/zone-data.test.ts says. What has changed since is pinned there by hand.
 */
const MINUTE = 60_000

export type LocalMinute = {
  instant: number
  year: number
  month: number
  day: number
  hour: number
  minute: number
  /** 1 = Sunday, as AWS counts. */
  weekday: number
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Every whole minute of [from, to) that shows a local time for the first time: repeats run once, the first. */
export function firstMinutes(timezone: string, from: number, to: number): LocalMinute[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  // Local times repeat within a day or so of each other; a head start sees what came before `from`.
  const seen = new Set<string>()
  const minutes: LocalMinute[] = []
  for (let instant = from - 1560 * MINUTE; instant < to; instant += MINUTE) {
    const text = format.format(instant)
    if (seen.has(text)) continue
    seen.add(text)
    if (instant < from) continue
    const [, weekday = '', ...numbers] = /^(\w+), (\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(text) ?? []
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = numbers.map(Number)
    if (weekday === '' || second !== 0) throw new Error(`the oracle cannot read "${text}"`)
    minutes.push({ instant, year, month, day, hour, minute, weekday: WEEKDAYS.indexOf(weekday) + 1 })
  }
  return minutes
}

/** The instants at which the expression fires, among the minutes given. */
export function occurrences(expression: string, minutes: LocalMinute[]): number[] {
  const [minute = '', hour = '', date = '', month = '', week = '', year = ''] = expression
    .replace(/^cron\(|\)$/g, '')
    .split(' ')
  const minuteOf = values(minute, 0, 59)
  const hourOf = values(hour, 0, 23)
  const monthOf = values(month, 1, 12)
  const yearOf = values(year, 1970, 2199)
  const dateOf = /^[^LW?]+$/.test(date) ? values(date, 1, 31) : undefined
  const weekOf = /^[^#?]+$/.test(week) && !week.endsWith('L') ? values(week, 1, 7) : undefined
  return minutes
    .filter(
      (local) =>
        minuteOf.has(local.minute) &&
        hourOf.has(local.hour) &&
        monthOf.has(local.month) &&
        yearOf.has(local.year) &&
        (date === '?' || (dateOf === undefined ? meetsDate(date, local) : dateOf.has(local.day))) &&
        (week === '?' || (weekOf === undefined ? meetsWeek(week, local) : weekOf.has(local.weekday))),
    )
    .map((local) => local.instant)
}

const NUMBERS: Record<string, string> = {
  SUN: '1',
  MON: '2',
  TUE: '3',
  WED: '4',
  THU: '5',
  FRI: '6',
  SAT: '7',
  JAN: '1',
  FEB: '2',
  MAR: '3',
  APR: '4',
  MAY: '5',
  JUN: '6',
  JUL: '7',
  AUG: '8',
  SEP: '9',
  OCT: '10',
  NOV: '11',
  DEC: '12',
}

function numeric(text: string): string {
  return text.replace(/[A-Z]{3}/g, (name) => NUMBERS[name] ?? name)
}

/** All values of a field: walks each item step by step, over the end where a range wraps. */
function values(field: string, min: number, max: number): Set<number> {
  const found = new Set<number>()
  for (const item of numeric(field).split(',')) {
    const [range = '', step] = item.split('/')
    const [first = '', last] = range === '*' ? [`${min}`, `${max}`] : range.split('-')
    const start = Number(first)
    let end = last !== undefined ? Number(last) : step !== undefined ? max : start
    if (end < start) end += max - min + 1
    for (let at = start; at <= end; at += Number(step ?? 1)) found.add(at > max ? at - (max - min + 1) : at)
  }
  return found
}

/** Asks the JavaScript Date for the weekday of another day of the same month. */
function weekdayOf(local: LocalMinute, day: number): number {
  return new Date(Date.UTC(local.year, local.month - 1, day)).getUTCDay() + 1
}

function lastOf(local: LocalMinute): number {
  return new Date(Date.UTC(local.year, local.month, 0)).getUTCDate()
}

function meetsDate(field: string, local: LocalMinute): boolean {
  if (field === 'L') return local.day === lastOf(local)
  const wanted = Number(field.slice(0, -1))
  if (wanted > lastOf(local)) return false
  // Look outward from the wanted day for a working day of this month: nearest first.
  for (const away of [0, -1, 1, -2, 2]) {
    const day = wanted + away
    if (day < 1 || day > lastOf(local)) continue
    const weekday = weekdayOf(local, day)
    if (weekday !== 1 && weekday !== 7) return day === local.day
  }
  return false
}

function meetsWeek(field: string, local: LocalMinute): boolean {
  if (field === 'L') return local.weekday === 7
  const [weekday = '', nth] = numeric(field).split('#')
  if (nth !== undefined)
    return local.weekday === Number(weekday) && Math.floor((local.day + 6) / 7) === Number(nth)
  return local.weekday === Number(weekday.slice(0, -1)) && local.day + 7 > lastOf(local)
}
