import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { ExpressionError } from '../../src/calendar/expression.ts'

/** Expression, the part pointed at, a piece of the message, a piece of the hint. */
const REFUSED: [string, string, RegExp, RegExp][] = [
  // Fields: how many, and in what.
  ['cron(0 3 * * 0)', '0 3 * * 0', /this has five/, /1 = SUN: write cron\(0 3 \? \* SUN \*\)/],
  ['cron(0 3 * * 1-5)', '0 3 * * 1-5', /this has five/, /write cron\(0 3 \? \* MON-FRI \*\)/],
  ['cron(0 3 * * 7)', '0 3 * * 7', /this has five/, /write cron\(0 3 \? \* SUN \*\)/],
  ['cron(0 3 * * 5-7)', '0 3 * * 5-7', /this has five/, /write cron\(0 3 \? \* FRI-SUN \*\)/],
  [
    'cron(0 3 * * MON-FRI)',
    '0 3 * * MON-FRI',
    /this has five/,
    /write cron\(0 3 \? \* MON-FRI \*\) \(at 03:00 every day from Monday to Friday\)$/,
  ],
  ['cron(0 3 * * 1#2)', '0 3 * * 1#2', /this has five/, /write cron\(0 3 \? \* MON#2 \*\)/],
  ['cron(0 3 * * 1-5/2)', '0 3 * * 1-5/2', /this has five/, /write cron\(0 3 \? \* MON,WED,FRI \*\)/],
  ['cron(0 3 * * */3)', '0 3 * * */3', /this has five/, /write cron\(0 3 \? \* SUN,WED,SAT \*\)/],
  [
    'cron(0 3 1 * *)',
    '0 3 1 * *',
    /this has five/,
    /write cron\(0 3 1 \* \? \*\) \(at 03:00 on day 1 of the month\)$/,
  ],
  ['cron(0 3 * * *)', '0 3 * * *', /this has five/, /write cron\(0 3 \* \* \? \*\) \(at 03:00 every day\)$/],
  ['cron(0 3 ? * ?)', '0 3 ? * ?', /this has five/, /write cron\(0 3 \* \* \? \*\) \(at 03:00 every day\)$/],
  [
    'cron(0 3 1 * 1)',
    '0 3 1 * 1',
    /this has five/,
    /two schedules: cron\(0 3 1 \* \? \*\) .* and cron\(0 3 \? \* MON \*\)/,
  ],
  ['0 3 * * 0', '0 3 * * 0', /no EventBridge Scheduler expression/, /write cron\(0 3 \? \* SUN \*\)/],
  ['0 3 * * ? *', '0 3 * * ? *', /no EventBridge Scheduler expression/, /write cron\(0 3 \* \* \? \*\)/],
  ['@daily', '@daily', /no EventBridge Scheduler expression/, /write cron\(0 0 \* \* \? \*\)/],
  ['@weekly', '@weekly', /no EventBridge Scheduler expression/, /write cron\(0 0 \? \* SUN \*\)/],
  ['every night', 'every night', /no EventBridge Scheduler expression/, /cron\(minute hour day-of-month/],
  ['', '', /no EventBridge Scheduler expression/, /cron\(minute hour/],
  ['cron()', '', /this has none/, /cron\(minute hour/],
  [
    'cron(0 0 3 * * ? *)',
    '0 0 3 * * ? *',
    /this has 7/,
    /no field for seconds: write cron\(0 3 \* \* \? \*\)/,
  ],
  [
    ' cron(0 3 * * ? *)',
    ' cron(0 3 * * ? *)',
    /no EventBridge/,
    /no space around it: write cron\(0 3 \* \* \? \*\)/,
  ],
  ['CRON(0 3 * * ? *)', 'CRON(0 3 * * ? *)', /no EventBridge/, /lower case.*: write cron\(0 3 \* \* \? \*\)/],
  ['cron (0 3 * * ? *)', 'cron (0 3 * * ? *)', /no EventBridge/, /touch their bracket: write cron\(0/],
  ['cron( 0 3 * * ? *)', ' 0 3 * * ? *', /no space inside/, /write cron\(0 3 \* \* \? \*\)/],
  // Day-of-month against day-of-week.
  ['cron(0 1 * * * *)', '@13', /exactly one of them to be \?/, /write cron\(0 1 \* \* \? \*\)/],
  [
    'cron(0 1 1 * * *)',
    '@13',
    /exactly one/,
    /seconds.*write cron\(1 1 \* \* \? \*\) .*if it is minutes: write cron\(0 1 1 \* \? \*\)/,
  ],
  ['cron(0 1 * * MON *)', '@9', /exactly one/, /write cron\(0 1 \? \* MON \*\)/],
  [
    'cron(0 1 1 * MON *)',
    'MON',
    /exactly one/,
    /two schedules: cron\(0 1 1 \* \? \*\) .* and cron\(0 1 \? \* MON \*\)/,
  ],
  ['cron(0 1 ? * ? *)', '@9', /both \?/, /cron\(0 1 \* \* \? \*\)/],
  ['cron(? 1 * * ? *)', '@5', /minute field takes no \?/, /write \*/],
  ['cron(0 1 * ? ? *)', '@11', /month field takes no \?/, /write \*/],
  // Values.
  ['cron(71 8 1 * ? *)', '71', /minute field has no 71/, /0–59/],
  ['cron(0 24 1 * ? *)', '24', /hour field has no 24/, /0–23/],
  ['cron(0 8 0 * ? *)', '@9', /day-of-month field has no 0/, /1–31/],
  ['cron(0 8 32 * ? *)', '32', /day-of-month field has no 32/, /1–31/],
  ['cron(0 8 1 13 ? *)', '13', /month field has no 13/, /1–12 or JAN–DEC/],
  [
    'cron(0 8 ? * 0 *)',
    '@13',
    /day-of-week field has no day 0/,
    /1 = SUN to 7 = SAT: write cron\(0 8 \? \* SUN \*\)/,
  ],
  ['cron(0 8 ? * 0-5 *)', '0-5', /no day 0/, /write cron\(0 8 \? \* SUN-FRI \*\)/],
  ['cron(0 8 ? * 8 *)', '@13', /day-of-week field has no 8/, /1–7 or SUN–SAT \(1 = SUN\)/],
  ['cron(0 8 1 * ? 1969)', '1969', /year field has no 1969/, /1970–2199/],
  ['cron(0 8 1 * ? 2200)', '2200', /year field has no 2200/, /1970–2199/],
  ['cron(0 8 ? * 2,8,3 *)', '@15', /has no 8/, /1–7/],
  ['cron(0 8 ? * mon *)', 'mon', /capitals/, /write cron\(0 8 \? \* MON \*\)/],
  ['cron(0 8 1 jan ? *)', 'jan', /capitals/, /write cron\(0 8 1 JAN \? \*\)/],
  ['cron(0 8 ? * MONDAY *)', 'MONDAY', /cannot read "MONDAY"/, /write cron\(0 8 \? \* MON \*\)/],
  ['cron(0 8 MON * ? *)', 'MON', /day-of-month field cannot read "MON"/, /1–31/],
  ['cron(a 8 1 * ? *)', 'a', /minute field cannot read "a"/, /0–59/],
  ['cron(0 8 1 * ? 2030-2026)', '2030-2026', /ends before it begins/, /write 2026-2030/],
  ['cron(008 8 1 * ? *)', '008', /minute field cannot read "008"/, /0–59/],
  ['cron(0 8 ? * 08 *)', '08', /day-of-week field cannot read "08"/, /1–7/],
  // Lists, ranges, steps.
  ['cron(0,,5 8 1 * ? *)', '0,,5', /empty item/, /extra comma/],
  ['cron(0, 8 1 * ? *)', '0,', /empty item/, /extra comma/],
  ['cron(1-2-3 8 1 * ? *)', '1-2-3', /more than one -/, /from-to/],
  ['cron(-5 8 1 * ? *)', '-5', /cannot read ""/, /0–59/],
  ['cron(0/5/5 8 1 * ? *)', '0/5/5', /more than one \//, /0\/15/],
  ['cron(0/0 8 1 * ? *)', '0/0', /at least 1/, /0\/15/],
  ['cron(0/x 8 1 * ? *)', '0/x', /at least 1/, /0\/15/],
  ['cron(0/60 8 1 * ? *)', '0/60', /step of 60, longer/, /write cron\(0 8 1 \* \? \*\)/],
  ['cron(0 0/24 1 * ? *)', '0/24', /step of 24, longer/, /write cron\(0 0 1 \* \? \*\)/],
  ['cron(0 8 ? * 2/2 *)', '2/2', /takes no \//, /MON,WED,FRI/],
  ['cron(0 8 ? * */2 *)', '*/2', /takes no \//, /SUN,TUE,THU,SAT/],
  // L, W, #.
  [
    'cron(0 8 LW * ? *)',
    'LW',
    /cannot combine L/,
    /no last working day.*cron\(0 8 L \* \? \*\).*cron\(0 8 \? \* FRIL \*\)/,
  ],
  ['cron(0 8 L-3 * ? *)', 'L-3', /cannot combine L/, /schedule of their own/],
  ['cron(0 8 15,L * ? *)', '15,L', /cannot combine L/, /two schedules/],
  ['cron(0 8 1W,15W * ? *)', '1W,15W', /cannot combine W/, /two schedules/],
  ['cron(0 8 W * ? *)', 'W', /cannot combine W/, /15W/],
  ['cron(0 8 32W * ? *)', '32W', /has no 32/, /1–31/],
  ['cron(0 8 1,? * ? *)', '1,?', /cannot combine \?/, /schedule of their own/],
  ['cron(0 8 ? * 3#1,6#3 *)', '3#1,6#3', /cannot combine #/, /two schedules/],
  ['cron(0 8 ? * 3#6 *)', '3#6', /1 to 5 after #/, /3#2/],
  ['cron(0 8 ? * 3#0 *)', '3#0', /1 to 5 after #/, /3#2/],
  ['cron(0 8 ? * 3#15 *)', '3#15', /1 to 5 after #/, /3#2/],
  ['cron(0 8 ? * 3#51 *)', '3#51', /1 to 5 after #/, /3#2/],
  ['cron(0 8 ? * 6L,2 *)', '6L,2', /cannot combine L/, /two schedules/],
  ['cron(0 8 ? * 6Lx *)', '6Lx', /cannot read "6Lx"/, /SUN–SAT/],
  ['cron(0 8 ? * 3# *)', '3#', /1 to 5 after #/, /3#2/],
  ['cron(0 8 ? * 0#2 *)', '0#2', /no day 0/, /write cron\(0 8 \? \* SUN#2 \*\)/],
  ['cron(0 8 ? * 8L *)', '8L', /has no 8/, /1–7/],
  ['cron(0 8 ? * MON,6L *)', 'MON,6L', /cannot combine L/, /two schedules/],
  ['cron(0 8 ? * 2-6L *)', '2-6L', /cannot combine L/, /6L/],
  ['cron(0 8 1 L ? *)', '@11', /month field cannot read "L"/, /1–12/],
  ['cron(L 8 1 * ? *)', 'L', /minute field cannot read "L"/, /0–59/],
  ['cron(0 8 ? * 3W *)', '3W', /day-of-week field cannot read "3W"/, /1–7/],
  // Dates that never are.
  ['cron(0 8 31 4 ? *)', '31', /never exists/, /write cron\(0 8 L /],
  ['cron(0 8 31 4,6,9,11 ? *)', '31', /never exists/, /write cron\(0 8 L /],
  ['cron(0 8 31W 4 ? *)', '31W', /never exists/, /write cron\(0 8 L /],
  [
    'cron(0 8 30 2 ? *)',
    '30',
    /never exists/,
    /leap years; write cron\(0 8 L 2 \? \*\) \(at 08:00 on the last day of February\)/,
  ],
  ['cron(0 8 30,31 FEB ? *)', '30,31', /never exists/, /write cron\(0 8 L /],
  ['cron(0 8 29 2 ? 2027)', '29', /never exists/, /leap years/],
  ['cron(0 8 29 2 ? 2100)', '29', /never exists/, /leap years/],
  ['cron(0 8 ? 2 2#5 2027)', '2#5', /never exists/, /write cron\(0 8 \? 2 MONL 2027\)/],
  // at() and rate().
  ['at(2027-01-31T03:00:00Z)', '2027-01-31T03:00:00Z', /one form only/, /without Z/],
  ['at(2027-01-31T03:00:00+09:00)', '2027-01-31T03:00:00+09:00', /one form only/, /without Z or offset/],
  ['at(2027-01-31)', '2027-01-31', /one form only/, /at\(2027-01-31T03:00:00\)/],
  ['at(2027-01-31T03:00)', '2027-01-31T03:00', /one form only/, /at\(2027-01-31T03:00:00\)/],
  ['at(2027-02-29T03:00:00)', '2027-02-29', /date does not exist/, /check year/],
  ['at(2027-13-01T03:00:00)', '2027-13-01', /date does not exist/, /check year/],
  ['at(2027-00-01T03:00:00)', '2027-00-01', /date does not exist/, /check year/],
  ['at(2027-01-00T03:00:00)', '2027-01-00', /date does not exist/, /check year/],
  ['at(1969-12-31T03:00:00)', '1969-12-31', /outside 1970–2199/, /check year/],
  ['at(2200-01-01T03:00:00)', '2200-01-01', /outside 1970–2199/, /check year/],
  ['at(2027-01-31T24:00:00)', '24:00:00', /time of day does not exist/, /00 to 23/],
  ['at(2027-01-31T03:60:00)', '03:60:00', /time of day does not exist/, /00 to 59/],
  ['at(2027-01-31T03:00:60)', '03:00:60', /time of day does not exist/, /00 to 59/],
  ['at(tomorrow)', 'tomorrow', /one form only/, /at\(yyyy-mm-ddThh:mm:ss\)/],
  ['rate(10 seconds)', '10 seconds', /value unit/, /rate\(1 minute\)/],
  ['rate( 10 minutes )', ' 10 minutes ', /value unit/, /rate\(10 minutes\)/],
  ['rate(10  minutes)', '10  minutes', /value unit/, /rate\(10 minutes\)/],
  ['rate(2 weeks)', '2 weeks', /value unit/, /rate\(14 days\)/],
  ['rate(0 minutes)', '0 minutes', /value unit/, /whole number from 1/],
  ['rate(1.5 hours)', '1.5 hours', /value unit/, /whole number from 1/],
  ['rate(10 Minutes)', '10 Minutes', /value unit/, /write rate\(10 minutes\)/],
  ['rate(10)', '10', /value unit/, /minutes, hours or days/],
]

describe('what AWS does not document is refused, with place and suggestion', () => {
  it.each(REFUSED)('%j points at %j', (when, part, message, hint) => {
    const error = errorOf(() => compile(when, 'UTC', { start: 0 }))
    expect(error).toBeInstanceOf(ExpressionError)
    expect(error?.message).toMatch(message)
    expect(error?.hint).toMatch(hint)
    // '@13': one character, at that offset; anything else: that text, wherever it stands.
    if (part.startsWith('@') && part !== when)
      expect([error?.offset, error?.length]).toEqual([Number(part.slice(1)), 1])
    else expect(when.slice(error?.offset, (error?.offset ?? 0) + (error?.length ?? 0))).toBe(part)
  })

  it('tells what a field takes', () => {
    const hintOf = (when: string) => errorOf(() => compile(when, 'UTC'))?.hint
    expect(hintOf('cron(60 8 1 * ? *)')).toBe('it takes 0–59, and the wildcards , - * /')
    expect(hintOf('cron(0 8 1 13 ? *)')).toBe('it takes 1–12 or JAN–DEC, and the wildcards , - * /')
    expect(hintOf('cron(0 8 ? * 8 *)')).toBe(
      'it takes 1–7 or SUN–SAT (1 = SUN), and the wildcards , - * ? L #',
    )
  })

  it.each([
    [
      'at(2027-01-31)',
      'add the time of day, 03:00 say: write at(2027-01-31T03:00:00) (once, at 03:00:00 on Sunday 2027-01-31)',
    ],
    [
      'at(2027-01-31T03:00)',
      'add the seconds: write at(2027-01-31T03:00:00) (once, at 03:00:00 on Sunday 2027-01-31)',
    ],
    [
      'at(2027-01-31T03:00:00+0900)',
      "write at(yyyy-mm-ddThh:mm:ss) without Z or offset; the schedule's timezone says where",
    ],
    [
      'rate(1 week)',
      'write rate(7 days) (every 7 days, counted from its start; a day is 24 hours, also when clocks change)',
    ],
    ['rate(weeks)', 'a whole number from 1, one space, and minutes, hours or days, such as rate(12 hours)'],
    [
      'cron(0 3 * * ? *) # nightly',
      'write cron(minute hour day-of-month month day-of-week year), at(yyyy-mm-ddThh:mm:ss) or rate(value unit)',
    ],
    [
      'at(2027-01-31T03:00:00)Z',
      'write cron(minute hour day-of-month month day-of-week year), at(yyyy-mm-ddThh:mm:ss) or rate(value unit)',
    ],
    [
      '0  3 * *   0',
      'crontab counts weekdays from 0 = Sunday, AWS from 1 = SUN: write cron(0 3 ? * SUN *) (at 03:00 every Sunday)',
    ],
    [
      'cron(0 8 31 4 ? *)',
      'none of these months has that day; write cron(0 8 L 4 ? *) (at 08:00 on the last day of April)',
    ],
    [
      'cron(0 8 31 2,4 ? *)',
      'none of these months has that day; write cron(0 8 L 2,4 ? *) (at 08:00 on the last day of February and April)',
    ],
    [
      'cron(0 8 30 2 ? *)',
      'February ends on the 28th, or the 29th in leap years; write cron(0 8 L 2 ? *) (at 08:00 on the last day of February)',
    ],
  ])('%j: %s', (when, hint) => {
    expect(errorOf(() => compile(when, 'UTC', { start: 0 }))?.hint).toBe(hint)
  })

  it('wants a start for rate()', () => {
    const error = errorOf(() => compile('rate(1 day)', 'UTC'))
    expect(error?.message).toMatch(/needs a start/)
    expect([error?.offset, error?.length]).toEqual([0, 11])
    expect(error?.hint).toMatch(/start: 2027/)
  })

  it('says so where a zone never has the local time', () => {
    const error = errorOf(() => compile('cron(30 2 8 3 ? 2026)', 'America/New_York'))
    expect(error?.message).toMatch(/no such local time exists in America\/New_York/)
    expect(error?.hint).toMatch(/outside the hour/)
    expect([error?.offset, error?.length]).toEqual([5, 15])
    expect(compile('cron(30 2 8 3 ? 2026)', 'UTC').next(0)).toBe(Date.parse('2026-03-08T02:30:00Z'))
  })

  it('every whole expression in a hint is accepted', () => {
    for (const [when] of REFUSED) {
      const { hint = '' } = errorOf(() => compile(when, 'UTC', { start: 0 })) ?? {}
      for (const [proposal] of hint.matchAll(/\b(?:cron|rate|at)\((?!minute|value|yyyy)[^()]*\)/g))
        expect(() => compile(proposal, 'UTC', { start: 0 }), `${when}: ${proposal}`).not.toThrow()
    }
  })
})

function errorOf(action: () => unknown): ExpressionError | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  return undefined
}
