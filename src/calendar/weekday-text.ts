import { WEEKDAYS } from './cron-field.ts'

/**
 * Weekdays as AWS reads them, by name, from another dialect's list: `1-5` of a crontab is `MON-FRI`. `first` is the
 * number that Sunday has there (0 in crontab and Spring, where 7 is Sunday too; 1 in Quartz and AWS). Undefined where
 * the text is no such list.
 */
export function weekdaysByName(text: string, first: 0 | 1): string | undefined {
  const days = new Set<number>()
  for (const term of text.split(',')) {
    const found = daysOfTerm(term, first)
    if (found === undefined) return undefined
    for (const day of found) days.add(day % 7)
  }
  return spellDays([...days].sort((a, b) => a - b))
}

/** The weekday of `5L` and `5#2`, by name. */
export function weekdayOf(text: string, first: 0 | 1): string | undefined {
  const day = numberOf(text, first)
  return day === undefined ? undefined : WEEKDAYS[day % 7]
}

/** 0 = Sunday to 7 = the Sunday after. */
function daysOfTerm(term: string, first: 0 | 1): number[] | undefined {
  const [range = '', step = '1', ...more] = term.split('/')
  const [from = '', to, ...rest] = (range === '*' ? `SUN-SAT` : range).split('-')
  const [begin, end] = [numberOf(from, first), numberOf(to ?? (term.includes('/') ? 'SAT' : from), first)]
  const every = /^[1-7]$/.test(step) ? Number(step) : 0
  if (begin === undefined || end === undefined || every === 0 || more.length + rest.length > 0)
    return undefined
  const last = begin <= end ? end : end + 7
  return Array.from({ length: Math.floor((last - begin) / every) + 1 }, (_, index) => begin + index * every)
}

function numberOf(text: string, first: 0 | 1): number | undefined {
  const name = WEEKDAYS.indexOf(text)
  if (name >= 0) return name
  if (!/^[0-7]$/.test(text) || Number(text) < first) return undefined
  return Number(text) - first
}

/** Three or more in a row as a range, across the week's end too. */
function spellDays(days: number[]): string {
  if (days.length === 7) return '*'
  const runs: number[][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run?.at(-1) === day - 1) run.push(day)
    else runs.push([day])
  }
  const [first = [], last = []] = [runs[0], runs.at(-1)]
  if (first[0] === 0 && last.at(-1) === 6 && first.length + last.length > 2)
    runs.splice(0, runs.length, ...runs.slice(1, -1), [...last, ...first])
  const name = (day: number | undefined) => WEEKDAYS[day ?? 0] ?? ''
  return runs
    .flatMap((run) => (run.length > 2 ? [`${name(run[0])}-${name(run.at(-1))}`] : run.map(name)))
    .join(',')
}
