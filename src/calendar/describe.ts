import { dayNumber, weekday } from './civil.ts'
import { type Cron, parseCron } from './cron.ts'
import type { DayRule } from './day-rule.ts'
import { expressionKind } from './expression.ts'
import { two } from './format.ts'

/**
 * An expression in plain words. Made from the values it means, not from how it is written, so that a step which does
 * not divide its field (every fifth hour ends in a gap of four) is never called regular. Expects a valid expression.
 */
export function wordsOf(when: string): string {
  const body = when.slice(when.indexOf('(') + 1, -1)
  switch (expressionKind(when)) {
    case 'at': {
      const [date = '', time = ''] = body.split('T')
      const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
      return `Once, at ${time} on ${WEEKDAYS[weekday(dayNumber(year, month, day))]} ${date}`
    }
    case 'rate': {
      const [count = '', unit = ''] = body.split(' ')
      const one = unit.replace(/s$/, '')
      const every = count === '1' ? `Every ${one}` : `Every ${count} ${one}s`
      return `${every}, counted from its start${one === 'day' ? '; a day is 24 hours, also when clocks change' : ''}`
    }
    case 'cron': {
      const cron = parseCron(when)
      return `${timeOfDay(cron)} ${daysOfYear(cron)}${years(cron)}`
    }
  }
}

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export const MONTHS =
  'January February March April May June July August September October November December'.split(' ')
const NTH = ['first', 'second', 'third', 'fourth', 'fifth']

function timeOfDay({ times }: Cron): string {
  if (times.length <= 6) return `At ${join(times.map(clockTime))}`
  const hours = [...new Set(times.map((time) => Math.floor(time / 60)))]
  const minutes = [...new Set(times.map((time) => time % 60))].sort((a, b) => a - b)
  if (times.length === 1440) return 'Every minute,'
  return `${minutesOf(minutes)} ${hoursOf(hours)}`
}

function minutesOf(minutes: number[]): string {
  if (minutes.length === 60) return 'Every minute'
  const [first = 0, second = 60] = minutes
  const step = second - first
  const regular = minutes.every((minute, index) => minute === first + index * step)
  if (regular && minutes.length > 2 && minutes.length === 60 / step && first < step)
    return `Every ${step} minutes from minute ${two(first)}`
  return `At ${minutes.length === 1 ? 'minute' : 'minutes'} ${join(minutes.map(two))}`
}

/** Never across midnight: each part belongs to the day it is in. */
function hoursOf(hours: number[]): string {
  if (hours.length === 24) return 'of every hour'
  if (hours.length > 1 && runs(hours).every((run) => run.length < 3))
    return `of the hours ${join(hours.map(two))}`
  return `within ${join(runs(hours).map((run) => `${two(run[0])}:00–${two(run.at(-1) ?? 0)}:59`))}`
}

function daysOfYear({ days, months }: Cron): string {
  if (months.length === 12) return daysOfMonth(days, 'of the month', '')
  const items = runs(months, { min: 1, max: 12 }).flatMap((run) =>
    spellRun(run, (month) => MONTHS[month - 1] ?? '', ' to '),
  )
  const which = items.length < months.length ? `the months ${join(items)}` : join(items)
  return daysOfMonth(days, `of ${which}`, ` in ${which}`)
}

function daysOfMonth(days: DayRule, ofMonth: string, inMonths: string): string {
  switch (days.kind) {
    case 'dates': {
      const dates = bits(days.mask, 31).map((bit) => bit + 1)
      return dates.length === 31 ? `every day${inMonths}` : datesOfMonth(dates, ofMonth)
    }
    case 'lastDay':
      return `on the last day ${ofMonth}`
    case 'nearestWeekday':
      return `on the day from Monday to Friday nearest to day ${days.day} ${ofMonth}, within the month${days.day > 28 ? WHERE_IT_HAS : ''}`
    case 'weekdays': {
      const week = bits(days.mask, 7)
      return `every ${week.length === 7 ? 'day' : weekdaysText(week)}${inMonths}`
    }
    case 'lastWeekday':
      return `on the last ${WEEKDAYS[days.weekday]} ${ofMonth}`
    case 'nthWeekday':
      return `on the ${NTH[days.nth - 1]} ${WEEKDAYS[days.weekday]} ${ofMonth}${days.nth === 5 ? ', where there are five' : ''}`
  }
}

function datesOfMonth(dates: number[], ofMonth: string): string {
  const list = join(runs(dates).flatMap((run) => spellRun(run, String)))
  const rare = dates.some((date) => date > 28)
  if (dates.length === 1) return `on day ${list} ${ofMonth}${rare ? WHERE_IT_HAS : ''}`
  return `on days ${list} ${ofMonth}${rare ? ', as far as the month has them' : ''}`
}

function weekdaysText(week: number[]): string {
  const items = runs(week, { min: 0, max: 6 }).flatMap((run) =>
    spellRun(run, (day) => WEEKDAYS[day] ?? '', ' to '),
  )
  return `${items.length < week.length ? 'day from ' : ''}${join(items)}`
}

function years({ years }: Cron): string {
  if (years.length === 230) return ''
  const [first = 0, second = 0] = years
  const step = second - first
  if (years.length > 3 && step > 1 && years.every((year, i) => year === first + i * step))
    return `, every ${step} years from ${first} to ${years.at(-1)}`
  return `, in ${join(runs(years).flatMap((run) => spellRun(run, String)))}`
}

const WHERE_IT_HAS = ', where the month has it'

type Run = [number, ...number[]]

/** Neighbouring values as runs; with `around`, one may cross the end of the field. */
function runs(values: number[], around?: { min: number; max: number }): Run[] {
  const found: Run[] = []
  for (const value of values) {
    const last = found.at(-1)
    if (last !== undefined && value === (last.at(-1) ?? 0) + 1) last.push(value)
    else found.push([value])
  }
  const [first, last] = [found[0], found.at(-1)]
  if (around === undefined || first === undefined || last === undefined || first === last) return found
  if (first[0] !== around.min || last.at(-1) !== around.max) return found
  last.push(...first)
  return found.slice(1)
}

/** Three or more in a run are `5–9`; two are a list. */
function spellRun(run: Run, name: (value: number) => string, dash = '–'): string[] {
  return run.length < 3 ? run.map(name) : [`${name(run[0])}${dash}${name(run.at(-1) ?? 0)}`]
}

function join(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function bits(mask: number, count: number): number[] {
  return Array.from({ length: count }, (_, bit) => bit).filter((bit) => mask & (1 << bit))
}

function clockTime(time: number): string {
  return `${two(Math.floor(time / 60))}:${two(time % 60)}`
}
