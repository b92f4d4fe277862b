import { DAY, MINUTE } from '../model/time.ts'
import type { Cron } from './cron.ts'
import type { Calendar } from './expression.ts'
import { type LocalDays, localDays } from './local-days.ts'
import { lowerBound } from './lower-bound.ts'
import type { WallClock } from './wall-clock.ts'

/** Around the years AWS knows, 1970–2199, with room for any zone: no occurrence lies outside. */
const EARLIEST = Date.UTC(1969, 11, 30)
const LATEST = Date.UTC(2200, 0, 2)

/** Local times mapped to instants: one that does not exist is skipped, one that happens twice runs once, the first. */
export function cronCalendar(cron: Cron, clock: WallClock): Calendar {
  const { times } = cron
  const days = localDays(cron)
  const between = (from: number, to: number) => occurrencesBetween(times, days, clock, from, to)

  const previous = (before: number): number | undefined => {
    const end = Math.ceil(Math.min(before, LATEST))
    if (end < EARLIEST) return undefined
    const latest = clock.beginningBefore(end)
    const local = Math.min(latest.to, end + latest.offset)
    const today = Math.floor(local / DAY)
    for (let day = days.atOrBefore(today); day !== undefined; day = days.atOrBefore(day - 1)) {
      const left = day === today ? lowerBound(times, (local - today * DAY) / MINUTE) : times.length
      for (let i = left - 1; i >= 0; i--) {
        const at = day * DAY + (times[i] ?? 0) * MINUTE
        const stretch = clock.endingAfterLocal(at)
        if (at >= stretch.from) return at - stretch.offset
      }
    }
    return undefined
  }

  return {
    between,
    previous,
    next: (after) => first(between(Math.floor(after) + 1, Number.POSITIVE_INFINITY)),
  }
}

function* occurrencesBetween(
  times: number[],
  days: LocalDays,
  clock: WallClock,
  from: number,
  to: number,
): Generator<number> {
  const start = Math.ceil(Math.max(from, EARLIEST))
  if (start > LATEST) return
  let stretch = clock.endingAfter(start)
  const local = Math.max(stretch.from, start + stretch.offset)
  const today = Math.floor(local / DAY)
  let day = days.atOrAfter(today)
  let index = day === today ? lowerBound(times, (local - today * DAY) / MINUTE) : 0
  while (day !== undefined) {
    if (index === times.length) {
      day = days.atOrAfter(day + 1)
      index = 0
      continue
    }
    const at = day * DAY + (times[index++] ?? 0) * MINUTE
    if (at >= stretch.to) stretch = clock.endingAfterLocal(at)
    if (at < stretch.from) continue
    if (at - stretch.offset >= to) return
    yield at - stretch.offset
  }
}

function first(occurrences: Iterable<number>): number | undefined {
  for (const at of occurrences) return at
  return undefined
}
