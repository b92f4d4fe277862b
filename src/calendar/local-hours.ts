import { DAY, MINUTE } from '../model/time.ts'
import { FIELDS, valuesOf } from './cron-field.ts'
import type { WallClock } from './wall-clock.ts'

/**
 * Hours of the day by the clock on the wall, on some days of the week: all that is not said. `to` is exclusive; one
 * that does not come after `from` is on the next day, and `days` are those on which the hours begin.
 */
export type LocalHours = {
  /** `08:00`. */
  from?: string
  /** `18:00`, or `24:00`: the day's end. */
  to?: string
  /** `MON-FRI`, `SAT,SUN`. */
  days?: string
}

/**
 * Looks for such hours: answers the first instant of [from, to), epoch ms, at which the clock shows one of them. An hour
 * that clocks show twice is one of them twice; one that they skip never is.
 */
export function within(
  hours: LocalHours,
  clock: WallClock,
): (from: number, to: number) => number | undefined {
  const firstLocal = withinLocal(hours)
  return (from, to) => {
    let begin = from
    for (const end of [...clock.changes(from, to).map(({ instant }) => instant), to]) {
      const offset = clock.offsetAt(begin)
      const local = firstLocal(begin + offset, end + offset)
      if (local !== undefined) return local - offset
      begin = end
    }
    return undefined
  }
}

/** Of local times, ms as if the clock on the wall showed UTC. */
function withinLocal({ from = '00:00', to = '24:00', days }: LocalHours) {
  const begin = ofDay(from)
  const end = ofDay(to) > begin ? ofDay(to) : ofDay(to) + DAY
  const [, , , , weekday] = FIELDS
  const named = new Set(days === undefined ? undefined : valuesOf(weekday, { text: days, offset: 0 }))
  return (after: number, before: number): number | undefined => {
    for (let day = Math.floor(after / DAY) - 1; day * DAY < before; day++) {
      // 1970-01-01 was a Thursday, which AWS counts as 5.
      if (days !== undefined && !named.has(((((day + 4) % 7) + 7) % 7) + 1)) continue
      const first = Math.max(after, day * DAY + begin)
      if (first < Math.min(before, day * DAY + end)) return first
    }
    return undefined
  }
}

function ofDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return (hour * 60 + minute) * MINUTE
}
