import { compile } from '../calendar/calendar.ts'
import { FIELDS, valuesOf } from '../calendar/cron-field.ts'
import { ExpressionError } from '../calendar/expression.ts'
import { weekdaysByName } from '../calendar/weekday-text.ts'

/** The same as EventBridge Scheduler writes it, or why it cannot say that. */
export type TranslatedCron = { when: string } | { unreadable: string }

/**
 * A `cron()` of Secrets Manager as one of EventBridge Scheduler. The two differ little: weekdays have steps there, and
 * here names, since `1-5` is read as Monday to Friday by most; steps that begin again before they come out even are
 * written as what they mean, so that nobody takes them for an interval.
 * Source: Secrets Manager User Guide, rotate-secrets_schedule, "Cron expressions".
 */
export function translateCron(expression: string): TranslatedCron {
  const fields = /^cron\((.*)\)$/s.exec(expression)?.[1]?.trim().toUpperCase().split(/\s+/) ?? []
  if (fields.length !== 6) return { unreadable: 'it has not the six fields of a cron()' }
  const [minute = '', hour = '', date = '', month = '', weekday = '', year = ''] = fields
  try {
    const days = daysOf(steady(2, date), weekday)
    const when = `cron(${[minute, steady(1, hour), days.date, steady(3, month), days.weekday, year].join(' ')})`
    compile(when, 'UTC')
    return { when }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return { unreadable: error.message }
  }
}

/** Of date and weekday exactly one is `?` here. */
function daysOf(date: string, weekday: string): { date: string; weekday: string } {
  const named = weekday === '?' ? weekday : (weekdaysByName(weekday, 1) ?? weekday)
  if (named === '*' || named === '?') return { date: date === '?' ? '*' : date, weekday: '?' }
  return { date: date === '*' ? '?' : date, weekday: named }
}

/** Steps as the values that they mean, unless they divide their field, as 0/8 does the day. */
function steady(field: 1 | 2 | 3, text: string): string {
  const step = /^(?:\*|\d+|[A-Z]{3})\/(\d+)$/.exec(text)?.[1]
  const size = { 1: 24, 2: Number.NaN, 3: 12 }[field]
  if (!text.includes('/') || (step !== undefined && size % Number(step) === 0)) return text
  return valuesOf(FIELDS[field], { text, offset: 0 }).join(',')
}
