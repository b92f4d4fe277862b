import { type LocalTime, localOf, localTimeIn } from './instant.ts'
import { wallClock } from './wall-clock.ts'

/** A planned interval in which nothing rotates. */
export type Freeze = {
  name: string
  /** Local date (`2026-12-25`, its midnight) or date-time (`2026-12-25T18:00`), in `timezone`; inclusive. */
  from: string
  /** As `from`; exclusive: `to: 2027-01-04` ends as 4 January begins. */
  to: string
  timezone: string
  /** Repeats every year: month and day (and time) count, the year does not. */
  yearly: boolean
  reason?: string
}

/** Instants, epoch ms: `from` inclusive, `to` exclusive. */
export type Interval = { from: number; to: number }

/** The first of the freezes that covers the instant. Leave out beforehand those the schedule ignores. */
export function frozenBy(freezes: Freeze[], instant: number): Freeze | undefined {
  return freezes.find((freeze) => intervalHolding(freeze, instant) !== undefined)
}

/** The freezes a schedule keeps: all but its `ignoreFreezes`. */
export function freezesKept(freezes: Freeze[], schedule: { ignoreFreezes: { name: string }[] }): Freeze[] {
  return freezes.filter(({ name }) => !schedule.ignoreFreezes.some((ignored) => ignored.name === name))
}

/** Every interval of the freeze that touches [from, to), in time order; one that covers no time is left out. */
export function intervalsOf(freeze: Freeze, from: number, to: number): Interval[] {
  const all = freeze.yearly
    ? yearlyIntervals(freeze, yearOf(freeze, from) - 1, yearOf(freeze, to))
    : [once(freeze)]
  return all.filter((interval) => interval.from < interval.to && interval.from < to && interval.to > from)
}

function intervalHolding(freeze: Freeze, instant: number): Interval | undefined {
  return intervalsOf(freeze, instant, instant + 1)[0]
}

function once(freeze: Freeze): Interval {
  return { from: instantOf(freeze, read(freeze.from)), to: instantOf(freeze, read(freeze.to)) }
}

/**
 * Month, day and time count. An end that does not come after its beginning within one year is in the next: from 25
 * December to 4 January. 29 February is 1 March where the year has none, so a freeze of that day alone is empty then.
 */
function yearlyIntervals(freeze: Freeze, firstYear: number, lastYear: number): Interval[] {
  const [from, to] = [read(freeze.from), read(freeze.to)]
  // Compared in a leap year, where all dates exist.
  const wraps = localOf({ ...to, year: 2000 }) <= localOf({ ...from, year: 2000 })
  const intervals: Interval[] = []
  for (let year = firstYear; year <= lastYear; year++)
    intervals.push({
      from: instantOf(freeze, { ...from, year }),
      to: instantOf(freeze, { ...to, year: wraps ? year + 1 : year }),
    })
  return intervals
}

function read(text: string): LocalTime {
  const local = localTimeIn(text)
  if (local === undefined)
    throw new RangeError(`"${text}" is no date or date-time; validation lets none through`)
  return local
}

/** A local time that clocks skip means the moment they jump; one that comes twice means the first. */
function instantOf(freeze: Freeze, time: LocalTime): number {
  const local = localOf(time)
  const stretch = wallClock(freeze.timezone).endingAfterLocal(local)
  return Math.max(local, stretch.from) - stretch.offset
}

function yearOf(freeze: Freeze, instant: number): number {
  return new Date(instant + wallClock(freeze.timezone).offsetAt(instant)).getUTCFullYear()
}
