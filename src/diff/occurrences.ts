import { calendarOf } from '../calendar/calendar.ts'
import { type Freeze, freezesKept, type Interval, intervalsOf } from '../calendar/freezes.ts'
import { frozenTime, unfrozen } from '../calendar/unfrozen.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Config, Schedule } from '../config/config.ts'
import { DAY } from '../model/time.ts'
import type { Side } from './instants.ts'

/** A year's occurrences of one schedule on one side. */
export type Occurrences = Side & {
  /** Those that are none of the instants: why. */
  others: Map<number, Absence>
}

/** Swallowed by the freeze of this name; or, of the days just after the year, past its end. */
export type Absence = { freeze: string } | { beyond: true }

export const NONE: Occurrences = { instants: [], dayOf: () => 0, others: new Map() }

/** A local day that the year's end cuts through is over by then, wherever it is. */
const REST = 2 * DAY

/** Nothing is rarer than 29 February, eight years apart about 2100: what does not come within ten is said not to. */
const FAR = 3_653 * DAY

/** One config, to be asked for its schedules' occurrences between two instants. */
export function occurrencesBy({ freezes }: Pick<Config, 'freezes'>, from: number, to: number) {
  const intervals = new Map(freezes.map((freeze) => [freeze.name, intervalsOf(freeze, from, to + REST)]))
  const far = new Map<string, Interval[]>()
  const farOf = (own: Freeze[]) => {
    const key = JSON.stringify(own.map(({ name }) => name))
    const known = far.get(key) ?? frozenTime(own, from, from + FAR)
    far.set(key, known)
    return known
  }
  return {
    /** A disabled schedule has none. */
    within(schedule: Schedule): Occurrences {
      if (!schedule.enabled) return NONE
      const frozenIn = freezesKept(freezes, schedule).flatMap(({ name }) =>
        (intervals.get(name) ?? []).map((interval) => ({ ...interval, name })),
      )
      const clock = wallClock(schedule.timezone)
      const instants: number[] = []
      const others: Occurrences['others'] = new Map()
      for (const at of calendarOf(schedule).between(from, to + REST)) {
        const freeze = frozenIn.find((interval) => at >= interval.from && at < interval.to)
        if (freeze !== undefined) others.set(at, { freeze: freeze.name })
        else if (at >= to) others.set(at, { beyond: true })
        else instants.push(at)
      }
      return { instants, others, dayOf: (instant) => Math.floor((instant + clock.offsetAt(instant)) / DAY) }
    },
    /** The first that no freeze swallows; undefined where none comes within ten years. */
    next(schedule: Schedule): number | undefined {
      if (!schedule.enabled) return undefined
      const next = unfrozen(calendarOf(schedule), farOf(freezesKept(freezes, schedule))).next(from - 1)
      return next !== undefined && next < from + FAR ? next : undefined
    },
  }
}
