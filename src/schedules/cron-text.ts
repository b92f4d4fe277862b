import type { DayRule } from '../calendar/day-rule.ts'

/** The three date fields of an AWS expression, as text. */
export type DateFields = { dayOfMonth: string; month: string; dayOfWeek: string; year: string }

export const EVERY_DAY: DateFields = { dayOfMonth: '*', month: '*', dayOfWeek: '?', year: '*' }

/** `cron(…)` of every given hour at every given minute. */
export function cronText(minutes: number[], hours: number[], dates: DateFields): string {
  const { dayOfMonth, month, dayOfWeek, year } = dates
  const fields = [listText(minutes, 60), listText(hours, 24), dayOfMonth, month, dayOfWeek, year]
  return `cron(${fields.join(' ')})`
}

/** Increasing values as a field: `*` where they are all `count` there are, else runs as ranges. */
function listText(values: number[], count: number): string {
  return values.length === count ? '*' : runsText(values)
}

/** `1,4-7,9`. */
export function runsText(values: number[]): string {
  const runs: [number, number][] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last && last[1] === value - 1) last[1] = value
    else runs.push([value, value])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** The numbers in a bit mask: bit 0 is 1. */
export function numbersIn(mask: number): number[] {
  return Array.from({ length: 31 }, (_, bit) => bit + 1).filter((number) => mask & (1 << (number - 1)))
}

export function isEveryDay(days: DayRule): boolean {
  return (
    (days.kind === 'dates' && days.mask === 0x7fffffff) || (days.kind === 'weekdays' && days.mask === 0x7f)
  )
}
