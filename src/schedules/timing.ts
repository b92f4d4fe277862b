import { compile, kindOf } from '../calendar/calendar.ts'
import { periodOf } from '../calendar/rate.ts'
import type { Schedule } from '../config/config.ts'
import { cronText, EVERY_DAY } from './cron-text.ts'

/** When a schedule fires, as EventBridge Scheduler takes it. */
export type Timing = {
  expression: string
  timezone: string
  /** ISO instant. Scheduler ignores it for one-time schedules. */
  startDate?: string
}

/**
 * An entry's own timing. `cron()` and `at()` go to AWS as written.
 *
 * A `rate()` counts from its start, but AWS refuses a StartDate earlier than five minutes ago (recorded from the real
 * service in getmoto/moto pull request 8172), so the same template could not be deployed twice. Where a step divides
 * the hour, the day or the week, the same instants are a `cron()` in UTC, which needs no start once that has passed.
 * Other steps get their next occurrence as StartDate, which keeps the count.
 *
 * @param now epoch ms
 */
export function timingOf(schedule: Schedule, now: number): Timing {
  const { when, timezone } = schedule
  if (kindOf(when) !== 'rate') return { expression: when, timezone }
  return rateTiming(when, startOf(schedule), now)
}

/** The occurrences of `when` counted from `start` (epoch ms). */
export function rateTiming(when: string, start: number, now: number): Timing {
  const expression = cronOfRate(periodOf(when), start)
  const startDate = (instant: number) => ({ startDate: new Date(instant).toISOString() })
  if (expression !== undefined) {
    return { expression, timezone: 'UTC', ...(start > now && startDate(start)) }
  }
  const next = compile(when, 'UTC', { start }).next(now - 1)
  return { expression: when, timezone: 'UTC', ...startDate(next ?? start) }
}

/** Epoch ms of a rate's first occurrence. The config's validation guarantees it. */
export function startOf(schedule: Schedule): number {
  return Date.parse(schedule.start ?? '')
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = 7 * DAY

function cronOfRate(period: number, start: number): string | undefined {
  if (start % MINUTE !== 0) return undefined
  const at = new Date(start)
  const [minute, hour] = [at.getUTCMinutes(), at.getUTCHours()]
  if (period <= HOUR) {
    if (HOUR % period !== 0) return undefined
    return cronText(sameRemainder(minute, period / MINUTE, 60), sameRemainder(0, 1, 24), EVERY_DAY)
  }
  if (period <= DAY) {
    if (DAY % period !== 0 || period % HOUR !== 0) return undefined
    return cronText([minute], sameRemainder(hour, period / HOUR, 24), EVERY_DAY)
  }
  if (period !== WEEK) return undefined
  return cronText([minute], [hour], { ...EVERY_DAY, dayOfMonth: '?', dayOfWeek: `${at.getUTCDay() + 1}` })
}

/** All numbers below `count` that differ from `value` by whole steps. */
function sameRemainder(value: number, step: number, count: number): number[] {
  return Array.from({ length: count / step }, (_, index) => (value % step) + index * step)
}
