import { calendarOf } from '../../calendar/calendar.ts'
import type { Calendar } from '../../calendar/expression.ts'
import { freezesKept, type Interval } from '../../calendar/freezes.ts'
import { frozenTime, type Unfrozen, unfrozen } from '../../calendar/unfrozen.ts'
import { type WallClock, wallClock } from '../../calendar/wall-clock.ts'
import { DAY } from '../../model/time.ts'
import type { Config, Schedule } from '../config.ts'

/** A year and a month: every yearly thing is seen once, with room to act. */
export const HORIZON_MS = 400 * DAY

/** A schedule, and what its calendar says of the 400 days to come. Instants are epoch ms. */
export type Subject = {
  schedule: Schedule
  calendar: Calendar
  clock: WallClock
  frozen: Interval[]
  occurrences: Unfrozen
  /** The occurrences in [now, end) that no freeze stops: asked for by some only, and then more than once. */
  due(): number[]
  now: number
  /** End of what is looked at, exclusive. */
  end: number
}

export function subjectOf(schedule: Schedule, config: Config, now: number): Subject {
  const { timezone } = schedule
  const calendar = calendarOf(schedule)
  const end = now + HORIZON_MS
  const frozen = frozenTime(freezesKept(config.freezes, schedule), now - HORIZON_MS, end + HORIZON_MS)
  let due: number[] | undefined
  return {
    schedule,
    calendar,
    clock: wallClock(timezone),
    frozen,
    occurrences: unfrozen(calendar, frozen),
    due: () => {
      due ??= [...calendar.between(now, end)].filter(
        (at) => !frozen.some(({ from, to }) => at >= from && at < to),
      )
      return due
    },
    now,
    end,
  }
}
