import { type Cron, cronFields } from './cron.ts'
import { WEEKDAYS } from './cron-field.ts'
import { daysOf } from './day-rule.ts'
import { wordsOf } from './describe.ts'
import { ExpressionError } from './expression.ts'

/** Why a well-formed cron expression has no occurrence at all, for a person who wants one. */
export function neverFires(when: string, cron: Cron, timezone: string): ExpressionError {
  const dateExists = cron.years.some((year) =>
    cron.months.some((month) => daysOf(cron.days, year, month) !== 0),
  )
  if (dateExists)
    return new ExpressionError(
      `no such local time exists in ${timezone}: clocks skip it`,
      { offset: 'cron('.length, length: when.length - 'cron()'.length },
      'choose a time of day outside the hour that daylight saving skips',
    )
  const fields = cronFields(when)
  const nth = cron.days.kind === 'nthWeekday'
  const { text, offset } = nth ? fields[4] : fields[2]
  const last = `cron(${fields.map((field, index) => (index === (nth ? 4 : 2) ? lastOf(cron) : field.text)).join(' ')})`
  const words = wordsOf(last).replace(/^\w/, (letter) => letter.toLowerCase())
  const hint = `${reasonOf(cron)}; write ${last} (${words})`
  return new ExpressionError('this date never exists', { offset, length: text.length }, hint)
}

function lastOf({ days }: Cron): string {
  return days.kind === 'nthWeekday' ? `${WEEKDAYS[days.weekday]}L` : 'L'
}

function reasonOf(cron: Cron): string {
  if (cron.days.kind === 'nthWeekday') return 'none of these months has a fifth such weekday'
  if (cron.months.length === 1 && cron.months[0] === 2)
    return 'February ends on the 28th, or the 29th in leap years'
  return 'none of these months has that day'
}
