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
  const { days, months, years } = cron
  const allMonths = months.length === ALL_MONTHS
  const allYears = years.length === ALL_YEARS
  if (isEveryDay(days)) return allMonths && allYears ? EVERY_DAY : undefined
  if (days.kind === 'weekdays') {
    return allMonths && allYears ? { ...EVERY_DAY, ...weekdaysBefore(days.mask) } : undefined
  }
  if (days.kind !== 'dates') return undefined
  const dates = numbersIn(days.mask)
  if (dates.every((day) => day >= 2 && day <= 28)) {
    return { ...written, dayOfMonth: runsText(dates.map((day) => day - 1)) }
  }
  // The day before the first of January belongs to another year.
  const isFirstOnly = dates.length === 1 && dates[0] === 1
  return isFirstOnly && (allYears || !months.includes(1)) ? { ...written, ...endsBefore(months) } : undefined
}

function weekdaysBefore(mask: number): Pick<DateFields, 'dayOfMonth' | 'dayOfWeek'> {
  return { dayOfMonth: '?', dayOfWeek: runsText(eachBefore(numbersIn(mask), 7)) }
}

/** The last days of the months before. */
function endsBefore(months: number[]): Pick<DateFields, 'dayOfMonth' | 'month'> {
  return { dayOfMonth: 'L', month: months.length === ALL_MONTHS ? '*' : runsText(eachBefore(months, 12)) }
}

/** Before the first of a round comes its last. */
function eachBefore(numbers: number[], last: number): number[] {
  return numbers.map((it) => (it === 1 ? last : it - 1)).sort((a, b) => a - b)
}
