import { expect, it } from 'vitest'
import { civilDate, dayNumber, daysInMonth, isLeapYear, weekday } from '../../src/calendar/civil.ts'

it('agrees with Date on every day of 1890 to 2210', () => {
  const last = dayNumber(2210, 12, 31)
  for (let day = dayNumber(1890, 1, 1); day <= last; day++) {
    const date = new Date(day * 86_400_000)
    const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
    const found = civilDate(day)
    if (
      found.year !== year ||
      found.month !== month ||
      found.day !== dayOfMonth ||
      weekday(day) !== date.getUTCDay()
    )
      expect({ ...found, weekday: weekday(day) }).toEqual({
        year,
        month,
        day: dayOfMonth,
        weekday: date.getUTCDay(),
      })
    if (dayNumber(year, month, dayOfMonth) !== day) expect(dayNumber(year, month, dayOfMonth)).toBe(day)
  }
})

it('knows the length of months', () => {
  for (let year = 1890; year <= 2210; year++) {
    expect(isLeapYear(year)).toBe(new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1)
    for (let month = 1; month <= 12; month++)
      expect(daysInMonth(year, month)).toBe(new Date(Date.UTC(year, month, 0)).getUTCDate())
  }
})
