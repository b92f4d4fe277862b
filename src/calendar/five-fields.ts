import { WEEKDAYS } from './cron-field.ts'

/** The six-field AWS expression that means what a five-field crontab line does, as a sentence for a hint. */
export function fromFiveFields(fields: string[]): string {
  const [minute = '*', hour = '*', dayOfMonth = '*', month = '*', dayOfWeek = '*'] = fields
  const week = renumbered(dayOfWeek)
  const start = `cron(${minute} ${hour}`
  const moved = week === dayOfWeek ? '' : ` (crontab counts weekdays from 0 = Sunday, AWS from 1 = SUN)`
  if (dayOfWeek === '?' || dayOfWeek === '*') {
    const date = dayOfMonth === '?' ? '*' : dayOfMonth
    return `write ${start} ${date} ${month} ? *)`
  }
  if (dayOfMonth === '?' || dayOfMonth === '*') return `write ${start} ? ${month} ${week} *)${moved}`
  return (
    `AWS has no "this date or that weekday": make two schedules, ${start} ${dayOfMonth} ${month} ? *) ` +
    `and ${start} ? ${month} ${week} *)${moved}`
  )
}

/** `1-5` → `2-6`, `0` and `7` → `1`; names, wildcards, steps and the n of `#n` stay. */
function renumbered(dayOfWeek: string): string {
  return dayOfWeek
    .split(',')
    .map((term) => {
      const [range = '', step] = term.split('/')
      if (step !== undefined) return weekdaysByName(range, Number(step))
      return range.replace(/(?<!#)\d/g, (digit) => `${(Number(digit) % 7) + 1}`)
    })
    .join(',')
}

/** AWS takes no step among weekdays: `1-5/2` is MON,WED,FRI. */
function weekdaysByName(range: string, step: number): string {
  const [first, last] = range === '*' ? [0, 6] : range.split('-').map(Number)
  const names: string[] = []
  for (let day = first ?? 0; day <= (last ?? 6) && step > 0; day += step) names.push(WEEKDAYS[day % 7] ?? '')
  return names.join(',')
}
