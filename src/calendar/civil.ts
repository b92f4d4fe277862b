import { DAY } from '../model/time.ts'

/** Date arithmetic on integers: days since 1970-01-01 in the proleptic Gregorian calendar. No zone. */

/** `month` 1–12; `day` may overflow the month, as 30 February does into March. */
export function dayNumber(year: number, month: number, day: number): number {
  return Math.floor(Date.UTC(year, month - 1, day) / DAY)
}

export function civilDate(days: number): { year: number; month: number; day: number } {
  const date = new Date(days * DAY)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** 0 = Sunday; 1970-01-01 was a Thursday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7
}

/** Days since 1970-01-01, back to the Monday of their week. */
export function mondayOf(day: number): number {
  return day - ((weekday(day) + 6) % 7)
}
