import { expressionKind } from '../calendar/expression.ts'
import { instantIn } from '../calendar/instant.ts'
import { periodOf } from '../calendar/rate.ts'
import type { Schedule } from '../config/config.ts'
import { DAY, HOUR, MINUTE } from '../model/time.ts'
import { cronText, EVERY_DAY } from './cron-text.ts'

/** When a schedule fires, as EventBridge Scheduler takes it. */
export type Timing = {
  expression: string
  timezone: string
}

/**
 * An entry's own timing. `cron()` and `at()` go to AWS as written.
 *
 * A `rate()` counts from its start, and AWS would be told that by a StartDate. But it refuses one earlier than five
 * minutes ago (recorded from the real service in getmoto/moto pull request 8172): the same template could not be
 * deployed twice, nor a deploy be rolled back. So a rate is a `cron()` in UTC that fires at its occurrences, and where no
 * cron says just those, between them too: the orchestrator knows which of its wake-ups is an occurrence
 * (`meaningOf` in src/rotation/delivery.ts), and the same config is the same template for ever.
 */
export function timingOf(schedule: Schedule): Timing {
  const { when, timezone } = schedule
  return expressionKind(when) === 'rate'
    ? rateTiming(when, startOf(schedule))
    : { expression: when, timezone }
}

/** Fires at all occurrences of `when` counted from `start` (epoch ms), to the minute, and perhaps at others. */
export function rateTiming(when: string, start: number): Timing {
  return { expression: cronOf(wakesEvery(periodOf(when)), new Date(start)), timezone: 'UTC' }
}

/** Whether such a cron fires in this minute (epoch ms). */
export function isWakeUp(schedule: Schedule, minute: number): boolean {
  const start = Math.floor(startOf(schedule) / MINUTE) * MINUTE
  return (minute - start) % wakesEvery(periodOf(schedule.when)) === 0
}

/** Epoch ms of a rate's first occurrence. The config's validation guarantees it. */
export function startOf({ start }: Schedule): number {
  return instantIn(start ?? '')
}

const WEEK = 7 * DAY

/** The longest step that a cron can say and that leads from any occurrence to the next: ms. */
function wakesEvery(period: number): number {
  if (period % WEEK === 0) return WEEK
  if (period % HOUR === 0) return commonDivisor(period, DAY)
  return commonDivisor(period, HOUR)
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}

function cronOf(step: number, at: Date): string {
  const [minute, hour] = [at.getUTCMinutes(), at.getUTCHours()]
  const day =
    step === WEEK ? { ...EVERY_DAY, dayOfMonth: '?', dayOfWeek: `${at.getUTCDay() + 1}` } : EVERY_DAY
  const minutes = step < HOUR ? sameRemainder(minute, step / MINUTE, 60) : [minute]
  const hours = sameRemainder(hour, Math.min(24, Math.max(1, step / HOUR)), 24)
  return cronText(minutes, hours, day)
}

/** All numbers below `count` that differ from `value` by whole steps. */
function sameRemainder(value: number, step: number, count: number): number[] {
  return Array.from({ length: count / step }, (_, index) => (value % step) + index * step)
}
