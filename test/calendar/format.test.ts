import { expect, it } from 'vitest'
import { formatDate, formatDuration, formatLocal, formatTime } from '../../src/calendar/format.ts'

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]

it.each([
  [0, '0 s'],
  [-5 * HOUR, '0 s'],
  [499, '0 s'],
  [500, '1 s'],
  [59 * SECOND, '59 s'],
  [MINUTE, '1 min'],
  [90 * SECOND, '1 min 30 s'],
  [HOUR, '1 h'],
  [HOUR + 30 * SECOND, '1 h'],
  [23 * HOUR + 59 * MINUTE, '23 h 59 min'],
  [3 * DAY + 4 * HOUR + 5 * MINUTE, '3 d 4 h'],
  [3 * DAY + 5 * MINUTE, '3 d'],
  [400 * DAY, '400 d'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

it('writes local dates and times', () => {
  const local = Date.UTC(2026, 2, 8, 2, 30)
  expect(formatDate(local)).toBe('2026-03-08')
  expect(formatTime(local)).toBe('02:30')
  expect(formatTime(local + 15_000)).toBe('02:30:15')
  expect(formatLocal(local, 0)).toBe('2026-03-08T02:30:00Z')
  expect(formatLocal(local, 9 * HOUR)).toBe('2026-03-08T11:30:00+09:00')
  expect(formatLocal(local, -3.5 * HOUR)).toBe('2026-03-07T23:00:00-03:30')
  expect(formatLocal(local, 12.75 * HOUR)).toBe('2026-03-08T15:15:00+12:45')
})
