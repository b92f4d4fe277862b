import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCron } from '../../src/calendar/cron.ts'
import { wordsOf } from '../../src/calendar/describe.ts'
import { tries } from '../deep.ts'
import { cronExpression } from './expressions.ts'

describe('plain words', () => {
  it.each([
    ['cron(0 3 ? * SUN *)', 'At 03:00 every Sunday'],
    ['cron(0 3 * * ? *)', 'At 03:00 every day'],
    ['cron(0 3 ? * * *)', 'At 03:00 every day'],
    ['cron(0 3 1-31 * ? *)', 'At 03:00 every day'],
    ['cron(30 2 L * ? *)', 'At 02:30 on the last day of the month'],
    ['cron(30 2 L 2 ? *)', 'At 02:30 on the last day of February'],
    ['cron(0 18 ? * MON-FRI *)', 'At 18:00 every day from Monday to Friday'],
    ['cron(0 18 ? * FRI-MON *)', 'At 18:00 every day from Friday to Monday'],
    ['cron(0 18 ? * SAT-SUN *)', 'At 18:00 every Saturday and Sunday'],
    ['cron(0 18 ? * 2,4,6 *)', 'At 18:00 every Monday, Wednesday and Friday'],
    ['cron(0 18 ? * 2-4,6 *)', 'At 18:00 every day from Monday to Wednesday and Friday'],
    ['cron(0 18 ? * L *)', 'At 18:00 every Saturday'],
    ['cron(0 18 ? 6 L *)', 'At 18:00 every Saturday in June'],
    ['cron(15 10 ? * 6L 2022-2023)', 'At 10:15 on the last Friday of the month, in 2022 and 2023'],
    ['cron(0 0 ? * 3#2 *)', 'At 00:00 on the second Tuesday of the month'],
    ['cron(0 0 ? * 3#5 *)', 'At 00:00 on the fifth Tuesday of the month, where there are five'],
    [
      'cron(0 0 3W * ? *)',
      'At 00:00 on the day from Monday to Friday nearest to day 3 of the month, within the month',
    ],
    [
      'cron(0 0 31W * ? *)',
      'At 00:00 on the day from Monday to Friday nearest to day 31 of the month, within the month, where the month has it',
    ],
    ['cron(0,15,25,50 1,2 ? * SUN *)', 'At minutes 00, 15, 25 and 50 of the hours 01 and 02 every Sunday'],
    ['cron(0 3 28 * ? *)', 'At 03:00 on day 28 of the month'],
    ['cron(0 3 29 2 ? *)', 'At 03:00 on day 29 of February, where the month has it'],
    ['cron(0 3 1,15 JAN,JUL ? *)', 'At 03:00 on days 1 and 15 of January and July'],
    ['cron(0 3 28-3 * ? *)', 'At 03:00 on days 1–3 and 28–31 of the month, as far as the month has them'],
    ['cron(0 3 10-20/3 * ? *)', 'At 03:00 on days 10, 13, 16 and 19 of the month'],
    ['cron(0 3 * 11-2 ? *)', 'At 03:00 every day in the months November to February'],
    ['cron(0 3 * 12-1 ? *)', 'At 03:00 every day in December and January'],
    ['cron(0 3 * 1,3-5 ? *)', 'At 03:00 every day in the months January and March to May'],
    ['cron(0 3 * * ? 2026)', 'At 03:00 every day, in 2026'],
    ['cron(0 3 * * ? 2026,2028-2030)', 'At 03:00 every day, in 2026 and 2028–2030'],
    ['cron(0 3 * * ? 2026/2)', 'At 03:00 every day, every 2 years from 2026 to 2198'],
    ['cron(0 3 * * ? 2026,2028,2030)', 'At 03:00 every day, in 2026, 2028 and 2030'],
    ['cron(0 1,2,3 * * ? *)', 'At 01:00, 02:00 and 03:00 every day'],
    ['cron(10,40 1,2 * * ? *)', 'At 01:10, 01:40, 02:10 and 02:40 every day'],
    ['cron(* * * * ? *)', 'Every minute, every day'],
    ['cron(* 3 * * ? *)', 'Every minute within 03:00–03:59 every day'],
    ['cron(0 * * * ? *)', 'At minute 00 of every hour every day'],
    ['cron(0/15 * * * ? *)', 'Every 15 minutes from minute 00 of every hour every day'],
    ['cron(5/10 * * * ? *)', 'Every 10 minutes from minute 05 of every hour every day'],
    ['cron(0,30 * * * ? *)', 'At minutes 00 and 30 of every hour every day'],
    // Steps that do not divide their field are not regular, whatever they look like.
    [
      'cron(*/7 */5 * * ? *)',
      'At minutes 00, 07, 14, 21, 28, 35, 42, 49 and 56 of the hours 00, 05, 10, 15 and 20 every day',
    ],
    ['cron(0-30/10 8-17 * * ? *)', 'At minutes 00, 10, 20 and 30 within 08:00–17:59 every day'],
    ['cron(10/10 8-17 * * ? *)', 'At minutes 10, 20, 30, 40 and 50 within 08:00–17:59 every day'],
    // Each part of a night belongs to the day it is in.
    [
      'cron(0/30 20-2 ? * MON-FRI *)',
      'At minutes 00 and 30 within 00:00–02:59 and 20:00–23:59 every day from Monday to Friday',
    ],
    ['rate(1 minute)', 'Every minute, counted from its start'],
    ['rate(12 hours)', 'Every 12 hours, counted from its start'],
    ['rate(1 day)', 'Every day, counted from its start; a day is 24 hours, also when clocks change'],
    ['rate(7 days)', 'Every 7 days, counted from its start; a day is 24 hours, also when clocks change'],
    ['at(2027-01-31T03:00:00)', 'Once, at 03:00:00 on Sunday 2027-01-31'],
  ])('%s', (when, words) => {
    expect(wordsOf(when)).toBe(words)
  })

  it('says the same of the same, and different things of different ones', () => {
    const meant = new Map<string, string>()
    fc.assert(
      fc.property(cronExpression([2026, 2028]), (when) => {
        const words = wordsOf(when)
        const meaning = JSON.stringify(everyDayAlike(when))
        expect(meant.get(words) ?? meaning, `${words}: ${when}`).toBe(meaning)
        meant.set(words, meaning)
      }),
      { numRuns: tries(5000) },
    )
  })
})

/** `*` in either day field is every day. */
function everyDayAlike(when: string) {
  const cron = parseCron(when)
  const { days } = cron
  const every =
    (days.kind === 'dates' && days.mask === 0x7fffffff) || (days.kind === 'weekdays' && days.mask === 0x7f)
  return every ? { ...cron, days: 'every' } : cron
}
