import { DAY } from '../model/time.ts'
import { calendarOf } from './calendar.ts'
import type { Calendar, Expression } from './expression.ts'
import { type Freeze, freezesKept, type Interval, intervalsOf } from './freezes.ts'

/** The time that freezes cover between two instants, as disjoint intervals in order. */
export function frozenTime(freezes: Freeze[], from: number, to: number): Interval[] {
  const merged: Interval[] = []
  const all = freezes.flatMap((freeze) => intervalsOf(freeze, from, to)).sort((a, b) => a.from - b.from)
  for (const interval of all) {
    const last = merged.at(-1)
    if (last !== undefined && interval.from <= last.to) last.to = Math.max(last.to, interval.to)
    else merged.push({ ...interval })
  }
  return merged
}

/** The occurrences that no freeze stops; sees only the frozen time it is given. */
export type Unfrozen = {
  next(after: number): number | undefined
  previous(before: number): number | undefined
}

export function unfrozen(calendar: Calendar, frozen: Interval[]): Unfrozen {
  return {
    next: (after) => {
      let at = calendar.next(after)
      for (const { from, to } of frozen)
        if (at !== undefined && at >= from && at < to) at = calendar.next(to - 1)
      return at
    },
    previous: (before) => {
      let at = calendar.previous(before)
      for (const { from, to } of frozen.toReversed())
        if (at !== undefined && at >= from && at < to) at = calendar.previous(from)
      return at
    },
  }
}

/** The longest time between two neighbouring kept occurrences, the later of which lies in (from, to]. */
export function longestGap(occurrences: Unfrozen, from: number, to: number): Interval | undefined {
  let longest: Interval | undefined
  let before = occurrences.previous(from + 1) ?? occurrences.next(from)
  while (before !== undefined) {
    const after = occurrences.next(before)
    if (after === undefined || after > to) break
    if (longest === undefined || after - before > longest.to - longest.from)
      longest = { from: before, to: after }
    before = after
  }
  return longest
}

/** A backstop two years ahead is not waiting for us. */
const AHEAD_MS = 2 * 366 * DAY

/** A schedule's next occurrence that no freeze stops, epoch ms. */
export function nextUnfrozen(
  schedule: Expression & { ignoreFreezes: { name: string }[] },
  config: { freezes: Freeze[] },
  now: number,
): number | undefined {
  const frozen = frozenTime(freezesKept(config.freezes, schedule), now, now + AHEAD_MS)
  return unfrozen(calendarOf(schedule), frozen).next(now)
}
