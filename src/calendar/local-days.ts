import { civilDate, dayNumber } from './civil.ts'
import type { Cron } from './cron.ts'
import { daysOf } from './day-rule.ts'
import { lowerBound } from './lower-bound.ts'

/** The days a cron expression means, as day numbers. Both searches visit a month at a time, 1970–2199 at most. */
export type LocalDays = {
  atOrAfter(day: number): number | undefined
  atOrBefore(day: number): number | undefined
}

const WHOLE_MONTH = 0x7fffffff

export function localDays({ days, months, years }: Cron): LocalDays {
  return {
    atOrAfter: (from) => {
      const start = civilDate(from)
      for (let y = lowerBound(years, start.year); y < years.length; y++) {
        const year = years[y] ?? 0
        for (const month of months) {
          const left = daysNotBefore(start, year, month)
          const found = left && daysOf(days, year, month) & left
          if (found !== 0) return dayNumber(year, month, lowestBit(found) + 1)
        }
      }
      return undefined
    },
    atOrBefore: (to) => {
      const end = civilDate(to)
      for (let y = lowerBound(years, end.year + 1) - 1; y >= 0; y--) {
        const year = years[y] ?? 0
        for (let m = months.length - 1; m >= 0; m--) {
          const month = months[m] ?? 0
          const left = daysNotAfter(end, year, month)
          const found = left && daysOf(days, year, month) & left
          if (found !== 0) return dayNumber(year, month, highestBit(found) + 1)
        }
      }
      return undefined
    },
  }
}

type CivilDate = { year: number; month: number; day: number }

/** A month's days, as bits, from this date on; its year is the date's or later. */
function daysNotBefore(date: CivilDate, year: number, month: number): number {
  if (year !== date.year || month > date.month) return WHOLE_MONTH
  return month < date.month ? 0 : (WHOLE_MONTH << (date.day - 1)) & WHOLE_MONTH
}

/** The same up to this date; its year is the date's or earlier. */
function daysNotAfter(date: CivilDate, year: number, month: number): number {
  if (year !== date.year || month < date.month) return WHOLE_MONTH
  return month > date.month ? 0 : WHOLE_MONTH >>> (31 - date.day)
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function highestBit(bits: number): number {
  return 31 - Math.clz32(bits)
}
