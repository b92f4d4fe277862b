import { dayNumber, daysInMonth, weekday } from './civil.ts'

/** Which days of a month an expression means; weekdays are 0 = Sunday to 6. */
export type DayRule =
  | { kind: 'dates'; mask: number }
  | { kind: 'lastDay' }
  | { kind: 'nearestWeekday'; day: number }
  | { kind: 'weekdays'; mask: number }
  | { kind: 'lastWeekday'; weekday: number }
  | { kind: 'nthWeekday'; weekday: number; nth: number }

/** The days of one month as bits: bit 0 is the first. */
export function daysOf(rule: DayRule, year: number, month: number): number {
  const length = daysInMonth(year, month)
  const all = length === 31 ? 0x7fffffff : (1 << length) - 1
  switch (rule.kind) {
    case 'dates':
      return rule.mask & all
    case 'lastDay':
      return 1 << (length - 1)
    case 'nearestWeekday':
      return rule.day > length ? 0 : 1 << (nearestWeekday(year, month, rule.day, length) - 1)
    case 'weekdays':
      return spread(rule.mask, weekday(dayNumber(year, month, 1))) & all
    case 'lastWeekday': {
      const fromEnd = (weekday(dayNumber(year, month, length)) - rule.weekday + 7) % 7
      return 1 << (length - 1 - fromEnd)
    }
    case 'nthWeekday': {
      const fromStart = (rule.weekday - weekday(dayNumber(year, month, 1)) + 7) % 7
      const day = fromStart + 7 * (rule.nth - 1)
      return day < length ? 1 << day : 0
    }
  }
}

/** Monday to Friday closest to the date, never in another month: 1W on a Saturday is Monday the third. */
function nearestWeekday(year: number, month: number, day: number, length: number): number {
  const falls = weekday(dayNumber(year, month, day))
  if (falls === 6) return day === 1 ? 3 : day - 1
  if (falls === 0) return day === length ? day - 2 : day + 1
  return day
}

/** A week's bits (bit 0 Sunday) repeated over 31 days, the first of which is the weekday `start`. */
function spread(week: number, start: number): number {
  const turned = ((week >> start) | (week << (7 - start))) & 0x7f
  return (turned | (turned << 7) | (turned << 14) | (turned << 21) | (turned << 28)) & 0x7fffffff
}
