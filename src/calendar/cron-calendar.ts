import type { Calendar } from './calendar.ts'
import { civilDate, DAY, dayNumber, MINUTE } from './civil.ts'
import type { Cron } from './cron.ts'
import { daysOf } from './day-rule.ts'
import type { WallClock } from './wall-clock.ts'

/** Local times of a cron expression, as if the wall showed UTC; no zone involved. Both searches visit months at most. */
export type LocalTimes = {
  atOrAfter(local: number): number | undefined
  before(local: number): number | undefined
}

export function localTimes(cron: Cron): LocalTimes {
  const { times, years, months } = cron
  const earliest = times[0] ?? 0
  const latest = times.at(-1) ?? 0

  const nextDay = (from: number): number | undefined => {
    const start = civilDate(from)
    for (let y = lowerBound(years, start.year); y < years.length; y++) {
      const year = years[y] ?? 0
      for (const month of months) {
        if (year === start.year && month < start.month) continue
        const skipped = year === start.year && month === start.month ? start.day - 1 : 0
        const days = (daysOf(cron.days, year, month) >>> skipped) << skipped
        if (days !== 0) return dayNumber(year, month, lowestBit(days) + 1)
      }
    }
    return undefined
  }

  const previousDay = (to: number): number | undefined => {
    const end = civilDate(to)
    for (let y = lowerBound(years, end.year + 1) - 1; y >= 0; y--) {
      const year = years[y] ?? 0
      for (let m = months.length - 1; m >= 0; m--) {
        const month = months[m] ?? 0
        if (year === end.year && month > end.month) continue
        const within = year === end.year && month === end.month ? 0x7fffffff >>> (31 - end.day) : 0x7fffffff
        const days = daysOf(cron.days, year, month) & within
        if (days !== 0) return dayNumber(year, month, highestBit(days) + 1)
      }
    }
    return undefined
  }

  return {
    atOrAfter: (local) => {
      const today = Math.floor(local / DAY)
      const minute = Math.ceil((local - today * DAY) / MINUTE)
      const day = nextDay(minute > latest ? today + 1 : today)
      if (day === undefined) return undefined
      const time = day > today ? earliest : times[lowerBound(times, minute)]
      return day * DAY + (time ?? earliest) * MINUTE
    },
    before: (local) => {
      const today = Math.floor(local / DAY)
      const minute = Math.ceil((local - today * DAY) / MINUTE)
      const day = previousDay(minute > earliest ? today : today - 1)
      if (day === undefined) return undefined
      const time = day < today ? latest : times[lowerBound(times, minute) - 1]
      return day * DAY + (time ?? latest) * MINUTE
    },
  }
}

/** Around the years AWS knows, 1970–2199, with room for any zone: no occurrence lies outside. */
const EARLIEST = Date.UTC(1969, 11, 30)
const LATEST = Date.UTC(2200, 0, 2)

/** Local times mapped to instants: one that does not exist is skipped, one that happens twice runs once, the first. */
export function cronCalendar(cron: Cron, clock: WallClock): Calendar {
  const local = localTimes(cron)
  const next = (afterAny: number): number | undefined => {
    const after = Math.floor(Math.max(afterAny, EARLIEST))
    if (after > LATEST) return undefined
    let stretch = clock.endingAfter(after)
    let at = local.atOrAfter(Math.max(stretch.from, after + 1 + stretch.offset))
    while (at !== undefined) {
      if (at >= stretch.to) stretch = clock.endingAfterLocal(at)
      if (at >= stretch.from) return at - stretch.offset
      at = local.atOrAfter(stretch.from)
    }
    return undefined
  }
  const previous = (beforeAny: number): number | undefined => {
    const before = Math.ceil(Math.min(beforeAny, LATEST))
    if (before < EARLIEST) return undefined
    const stretch = clock.beginningBefore(before)
    let at = local.before(Math.min(stretch.to, before + stretch.offset))
    while (at !== undefined) {
      const holding = clock.endingAfterLocal(at)
      if (at >= holding.from) return at - holding.offset
      at = local.before(at)
    }
    return undefined
  }
  return {
    next,
    previous,
    *between(from, to) {
      for (let at = next(from - 1); at !== undefined && at < to; at = next(at)) yield at
    },
  }
}

/** Index of the first value that is not below `wanted`. */
function lowerBound(values: number[], wanted: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function highestBit(bits: number): number {
  return 31 - Math.clz32(bits)
}
