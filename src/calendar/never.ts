import { type Cron, cronFields } from './cron.ts'
import { daysOf } from './day-rule.ts'
import { ExpressionError } from './expression-error.ts'

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
  const [, , dayOfMonth, , dayOfWeek] = cronFields(when)
  const { text, offset } = cron.days.kind === 'nthWeekday' ? dayOfWeek : dayOfMonth
  return new ExpressionError('this date never exists', { offset, length: text.length }, hintFor(cron))
}

function hintFor(cron: Cron): string {
  if (cron.days.kind === 'nthWeekday')
    return 'none of these months has a fifth such weekday; write 6L for the last Friday of the month, say'
  if (cron.months.length === 1 && cron.months[0] === 2)
    return 'February ends on the 28th, or the 29th in leap years; write L for the last day of the month'
  return 'none of these months has that day; write L for the last day of the month'
}
