import type { Cron } from '../calendar/cron.ts'
import { FIELDS } from '../calendar/cron-field.ts'
import { type DateFields, EVERY_DAY, isEveryDay, numbersIn, runsText } from './cron-text.ts'

const ALL_MONTHS = 12
const ALL_YEARS = FIELDS[5].max - FIELDS[5].min + 1

/**
 * Date fields that mean, exactly, the day before each day that `cron` means; undefined where AWS's fields cannot say
 * it. `15W` has no day before; nor has the 31st: `30` would also mean 30 April, although there is no 31 April.
 */
export function dayBefore(cron: Cron, written: DateFields): DateFields | undefined {
  const allMonths = cron.months.length === ALL_MONTHS
  const allYears = cron.years.length === ALL_YEARS
  if (isEveryDay(cron.days)) return allMonths && allYears ? EVERY_DAY : undefined
  if (cron.days.kind === 'weekdays') {
    if (!allMonths || !allYears) return undefined
    const weekdays = numbersIn(cron.days.mask, 1).map((day) => (day === 1 ? 7 : day - 1))
    return { ...EVERY_DAY, dayOfMonth: '?', dayOfWeek: runsText(weekdays.sort((a, b) => a - b)) }
  }
  if (cron.days.kind !== 'dates') return undefined
  const dates = numbersIn(cron.days.mask, 1)
  if (dates.every((day) => day >= 2 && day <= 28)) {
    return { ...written, dayOfMonth: runsText(dates.map((day) => day - 1)) }
  }
  if (dates.length === 1 && dates[0] === 1) {
    // The day before the first of January belongs to another year.
    if (cron.months.includes(1) && !allYears) return undefined
    const months = cron.months.map((month) => (month === 1 ? 12 : month - 1)).sort((a, b) => a - b)
    return { ...written, dayOfMonth: 'L', month: allMonths ? '*' : runsText(months) }
  }
  return undefined
}
