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
        const thisYear = year === start.year
        for (const month of months) {
          if (thisYear && month < start.month) continue
          const left =
            thisYear && month === start.month ? (WHOLE_MONTH << (start.day - 1)) & WHOLE_MONTH : WHOLE_MONTH
          const found = daysOf(days, year, month) & left
          if (found !== 0) return dayNumber(year, month, lowestBit(found) + 1)
        }
      }
      return undefined
    },
    atOrBefore: (to) => {
      const end = civilDate(to)
      for (let y = lowerBound(years, end.year + 1) - 1; y >= 0; y--) {
        const year = years[y] ?? 0
        const thisYear = year === end.year
        for (let m = months.length - 1; m >= 0; m--) {
          const month = months[m] ?? 0
          if (thisYear && month > end.month) continue
          const left = thisYear && month === end.month ? WHOLE_MONTH >>> (31 - end.day) : WHOLE_MONTH
          const found = daysOf(days, year, month) & left
          if (found !== 0) return dayNumber(year, month, highestBit(found) + 1)
        }
      }
      return undefined
    },
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function highestBit(bits: number): number {
  return 31 - Math.clz32(bits)
}
