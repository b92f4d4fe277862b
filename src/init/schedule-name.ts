import { parseCron } from '../calendar/cron.ts'
import { WEEKDAYS } from '../calendar/cron-field.ts'
import type { DayRule } from '../calendar/day-rule.ts'
import { formatDate, two } from '../calendar/format.ts'
import type { Rule } from './native-rule.ts'

const MOST = 48

/** `daily-0200`, `weekly-sun-0800`, `monthly-last-day-2200`, `every-30-days-from-2026-12-05`; not yet one of its kind. */
export function scheduleName({ when, start }: Pick<Rule, 'when' | 'start'>): string {
  if (start !== undefined) {
    const every = when.replace(/^rate\((\d+) (\w+)\)$/, 'every-$1-$2')
    return every.includes('day') ? `${every}-from-${formatDate(start)}` : every
  }
  const { times, days, months } = parseCron(when)
  const named = [
    ...(months.length === 12 ? [] : months.map((month) => MONTHS[month - 1] ?? '')),
    daysName(days, months.length),
    ...times.map((time) => two(Math.floor(time / 60)) + two(time % 60)),
  ].join('-')
  return named.length <= MOST ? named : named.slice(0, MOST).replace(/-[^-]*$/, '')
}

/** The same names in the same order, each once: `daily-0200`, `daily-0200-2`. */
export function uniqueNames(names: string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let own = name
    for (let count = 2; taken.has(own); count++) own = `${name}-${count}`
    taken.add(own)
    return own
  })
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

function daysName(rule: DayRule, months: number): string {
  const monthly = months === 12 ? 'monthly-' : ''
  switch (rule.kind) {
    case 'dates': {
      if (rule.mask === 0x7fffffff) return 'daily'
      return `${monthly}day-${bitsOf(rule.mask)
        .map((bit) => bit + 1)
        .join('-')}`
    }
    case 'weekdays': {
      if (rule.mask === 0x7f) return 'daily'
      if (rule.mask === 0x3e) return 'mon-to-fri'
      return `weekly-${bitsOf(rule.mask).map(weekday).join('-')}`
    }
    case 'lastDay':
      return `${monthly}last-day`
    case 'nearestWeekday':
      return `${monthly}workday-${rule.day}`
    case 'lastWeekday':
      return `${monthly}last-${weekday(rule.weekday)}`
    case 'nthWeekday':
      return `${monthly}${weekday(rule.weekday)}-${rule.nth}`
  }
}

function weekday(index: number): string {
  return WEEKDAYS[index]?.toLowerCase() ?? ''
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 31 }, (_, bit) => bit).filter((bit) => mask & (1 << bit))
}
