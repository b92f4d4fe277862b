import { DAY } from '../../model/time.ts'
import { nextOccurrence, type Schedule } from './schedule.ts'

type Firing = {
  /** Follows a schedule from now on; `undefined` forgets it. */
  changed(key: string, schedule: Schedule | undefined): void
  stop(): void
}

/**
 * One timer a schedule, set for its next occurrence plus the jitter. Occurrences before a schedule existed, or before
 * it was changed, do not fire.
 */
export function firing(options: {
  now(): number
  jitterMs(): number
  fire(schedule: Schedule, scheduledAt: number): void
  /** Its last occurrence has fired. */
  completed(schedule: Schedule): void
}): Firing {
  const timers = new Map<string, NodeJS.Timeout>()

  function arm(key: string, schedule: Schedule, after: number) {
    const scheduledAt = nextOccurrence(schedule, after)
    if (scheduledAt !== undefined) wait(key, schedule, scheduledAt, scheduledAt + options.jitterMs())
  }

  function wait(key: string, schedule: Schedule, scheduledAt: number, due: number) {
    const remaining = due - options.now()
    if (remaining > 0) {
      // A timer may come a millisecond early, and cannot be longer than 24.8 days: look again.
      timers.set(
        key,
        setTimeout(() => wait(key, schedule, scheduledAt, due), Math.min(remaining, DAY)),
      )
      return
    }
    timers.delete(key)
    options.fire(schedule, scheduledAt)
    arm(key, schedule, scheduledAt)
    if (!timers.has(key)) options.completed(schedule)
  }

  return {
    changed(key, schedule) {
      clearTimeout(timers.get(key))
      timers.delete(key)
      if (schedule && schedule.definition.State !== 'DISABLED') arm(key, schedule, options.now() - 1)
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
