import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'

/** The first occurrences from a moment on, as UTC to the minute. */
function occurrencesOf(when: string, timezone: string, from: string, count: number): string[] {
  const found: string[] = []
  for (const at of compile(when, timezone).between(Date.parse(from), Date.UTC(2200, 0, 1))) {
    if (found.length === count) break
    found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

describe("AWS's documented examples", () => {
  // EventBridge Scheduler User Guide, "Schedule types", and EventBridge User Guide, "Cron expressions reference".
  it.each([
    ['10:00 every day', 'cron(0 10 * * ? *)', ['2026-11-25T10:00', '2026-11-26T10:00']],
    ['12:15 every day', 'cron(15 12 * * ? *)', ['2026-11-24T12:15', '2026-11-25T12:15']],
    [
      '18:00 Monday to Friday',
      'cron(0 18 ? * MON-FRI *)',
      ['2026-11-24T18:00', '2026-11-25T18:00', '2026-11-26T18:00', '2026-11-27T18:00', '2026-11-30T18:00'],
    ],
    ['8:00 on the first of the month', 'cron(0 8 1 * ? *)', ['2026-12-01T08:00', '2027-01-01T08:00']],
    [
      'every 15 minutes',
      'cron(0/15 * * * ? *)',
      ['2026-11-24T12:00', '2026-11-24T12:15', '2026-11-24T12:30', '2026-11-24T12:45', '2026-11-24T13:00'],
    ],
    [
      'every 10 minutes Monday to Friday',
      'cron(0/10 * ? * MON-FRI *)',
      ['2026-11-24T12:00', '2026-11-24T12:10'],
    ],
    [
      'every 5 minutes, 8:00 to 17:55, Monday to Friday',
      'cron(0/5 8-17 ? * MON-FRI *)',
      ['2026-11-24T12:00', '2026-11-24T12:05'],
    ],
    [
      'every 30 minutes from 20:00 over midnight',
      'cron(0/30 20-2 ? * MON-FRI *)',
      [
        '2026-11-24T20:00',
        '2026-11-24T20:30',
        '2026-11-24T21:00',
        '2026-11-24T21:30',
        '2026-11-24T22:00',
        '2026-11-24T22:30',
        '2026-11-24T23:00',
        '2026-11-24T23:30',
        '2026-11-25T00:00',
        '2026-11-25T00:30',
        '2026-11-25T01:00',
        '2026-11-25T01:30',
        '2026-11-25T02:00',
        '2026-11-25T02:30',
        '2026-11-25T20:00',
      ],
    ],
    [
      '10:15 on the last Friday of each month, 2022 to 2027',
      'cron(15 10 ? * 6L 2022-2027)',
      ['2026-11-27T10:15', '2026-12-25T10:15', '2027-01-29T10:15'],
    ],
    ['the second Tuesday: 3#2', 'cron(0 0 ? * 3#2 *)', ['2026-12-08T00:00', '2027-01-12T00:00']],
    [
      'the weekday closest to the third: 3W',
      'cron(0 0 3W * ? *)',
      ['2026-12-03T00:00', '2027-01-04T00:00', '2027-02-03T00:00', '2027-03-03T00:00', '2027-04-02T00:00'],
    ],
    [
      'the last day of the month: L',
      'cron(0 0 L * ? *)',
      ['2026-11-30T00:00', '2026-12-31T00:00', '2027-01-31T00:00', '2027-02-28T00:00'],
    ],
    ['the last day of the week: L', 'cron(0 0 ? * L *)', ['2026-11-28T00:00', '2026-12-05T00:00']],
    [
      'every tenth minute from the first: 1/10',
      'cron(1/10 * * * ? *)',
      [
        '2026-11-24T12:01',
        '2026-11-24T12:11',
        '2026-11-24T12:21',
        '2026-11-24T12:31',
        '2026-11-24T12:41',
        '2026-11-24T12:51',
        '2026-11-24T13:01',
      ],
    ],
    [
      'the months by name',
      'cron(0 0 1 JAN,FEB,MAR ? *)',
      ['2027-01-01T00:00', '2027-02-01T00:00', '2027-03-01T00:00', '2028-01-01T00:00'],
    ],
    ['days 1 to 15', 'cron(0 0 1-15 * ? *)', ['2026-12-01T00:00', '2026-12-02T00:00']],
    [
      'accepted by AWS (recorded)',
      'cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)',
      ['2026-11-25T08:00', '2026-11-25T08:01'],
    ],
    [
      'accepted by AWS (recorded)',
      'cron(1-31/30 1-1 ? * 1,7 *)',
      ['2026-11-28T01:01', '2026-11-28T01:31', '2026-11-29T01:01'],
    ],
    ['accepted by AWS (recorded)', 'cron(0-59/10 0-23/2 ? * * *)', ['2026-11-24T12:00', '2026-11-24T12:10']],
  ])('%s: %s', (_, when, expected) => {
    expect(occurrencesOf(when, 'UTC', '2026-11-24T12:00:00Z', expected.length)).toEqual(expected)
  })

  it('runs once, at its instant: at(), seconds kept, in the zone', () => {
    const calendar = compile('at(2022-11-20T13:00:07)', 'America/New_York')
    const instant = Date.parse('2022-11-20T18:00:07Z')
    expect(calendar.next(0)).toBe(instant)
    expect(calendar.next(instant - 1)).toBe(instant)
    expect(calendar.next(instant)).toBeUndefined()
    expect(calendar.previous(instant)).toBeUndefined()
    expect(calendar.previous(instant + 1)).toBe(instant)
    expect([...calendar.between(instant, instant + 1)]).toEqual([instant])
    expect([...calendar.between(instant + 1, instant + 2)]).toEqual([])
    expect([...calendar.between(instant - 1, instant)]).toEqual([])
  })

  it.each([
    ['rate(5 minutes)', 5 * 60_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(12 hours)', 12 * 3_600_000],
    ['rate(1 day)', 24 * 3_600_000],
    ['rate(7 days)', 7 * 24 * 3_600_000],
  ])('%s counts from its start, days as 24 hours across clock changes', (when, period) => {
    const start = Date.parse('2026-03-01T07:30:10Z')
    const calendar = compile(when, 'America/New_York', { start })
    expect(calendar.next(0)).toBe(start)
    expect(calendar.next(start - 1)).toBe(start)
    expect(calendar.next(start)).toBe(start + period)
    expect(calendar.next(start + 9 * period + 1)).toBe(start + 10 * period)
    expect(calendar.previous(start)).toBeUndefined()
    expect(calendar.previous(start + 1)).toBe(start)
    expect(calendar.previous(start + 9 * period)).toBe(start + 8 * period)
    expect([...calendar.between(0, start + 2 * period)]).toEqual([start, start + period])
    expect([...calendar.between(start + 1, start + period + 1)]).toEqual([start + period])
  })
})

describe('the weekday nearest a date stays in its month', () => {
  it.each([
    ['a weekday is itself', 'cron(0 0 16W 11 ? 2026)', '2026-11-16'],
    ['a Saturday: the Friday before', 'cron(0 0 14W 11 ? 2026)', '2026-11-13'],
    ['a Sunday: the Monday after', 'cron(0 0 15W 11 ? 2026)', '2026-11-16'],
    ['the first, a Saturday: Monday the third', 'cron(0 0 1W 8 ? 2026)', '2026-08-03'],
    ['the first, a Sunday: Monday the second', 'cron(0 0 1W 11 ? 2026)', '2026-11-02'],
    ['the last, a Sunday: Friday, two days before', 'cron(0 0 31W 5 ? 2026)', '2026-05-29'],
    ['the last, a Saturday: the Friday before', 'cron(0 0 31W 10 ? 2026)', '2026-10-30'],
    ['the 28th, a Sunday, is the last of February only', 'cron(0 0 28W 2 ? 2027)', '2027-02-26'],
  ])('%s: %s', (_, when, date) => {
    expect(occurrencesOf(when, 'UTC', '2020-01-01T00:00:00Z', 2)).toEqual([`${date}T00:00`])
  })
})

describe('accepted though written oddly', () => {
  it.each([
    ['cron(00 08 * * ? *)', 'cron(0 8 * * ? *)'],
    ['cron(0  8 *   * ? *)', 'cron(0 8 * * ? *)'],
    ['cron(0 8 1-5,3,5 * ? *)', 'cron(0 8 1-5 * ? *)'],
    ['cron(30,0 8 * * ? *)', 'cron(0,30 8 * * ? *)'],
    ['cron(0 8 ? * TUE#2 *)', 'cron(0 8 ? * 3#2 *)'],
    ['cron(0 8 ? * FRIL *)', 'cron(0 8 ? * 6L *)'],
    ['cron(0 8 ? * FRI-MON *)', 'cron(0 8 ? * 6,7,1,2 *)'],
    ['cron(0 8 ? * MON-MON *)', 'cron(0 8 ? * 2 *)'],
    ['cron(0 20-10/7 * * ? *)', 'cron(0 20,3,10 * * ? *)'],
    ['cron(0 8 * NOV-FEB/2 ? *)', 'cron(0 8 * 11,1 ? *)'],
    ['cron(0 8 ? * * 2026/170)', 'cron(0 8 ? * * 2026,2196)'],
    ['cron(0/59 8 * * ? *)', 'cron(0,59 8 * * ? *)'],
    ['rate(1 minutes)', 'rate(1 minute)'],
    ['rate(24 hour)', 'rate(1 days)'],
  ])('%s means %s', (odd, plain) => {
    const from = Date.UTC(2026, 0, 1)
    const of = (when: string) => [
      ...compile(when, 'UTC', { start: from }).between(from, from + 90 * 86_400_000),
    ]
    expect(of(odd)).toEqual(of(plain))
    expect(of(odd).length).toBeGreaterThan(2)
  })
})

describe('clock changes (Scheduler User Guide: skipped in spring, once in autumn, before the shift)', () => {
  it.each([
    [
      'New York skips 02:30',
      'cron(30 2 * * ? *)',
      'America/New_York',
      '2026-03-07T00:00Z',
      ['2026-03-07T07:30', '2026-03-09T06:30'],
    ],
    [
      'New York runs 01:30 once, in daylight time',
      'cron(30 1 * * ? *)',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      'hourly: no run stands for the skipped or the second hour',
      'cron(0 * * * ? *)',
      'America/New_York',
      '2026-11-01T04:00Z',
      ['2026-11-01T04:00', '2026-11-01T05:00', '2026-11-01T07:00'],
    ],
    [
      'Lord Howe skips half an hour',
      'cron(0/15 2 * * ? *)',
      'Australia/Lord_Howe',
      '2026-10-03T15:00Z',
      ['2026-10-03T15:30', '2026-10-03T15:45', '2026-10-04T15:00'],
    ],
    [
      'Lord Howe doubles half an hour',
      'cron(0/15 1 * * ? *)',
      'Australia/Lord_Howe',
      '2026-04-04T14:00Z',
      ['2026-04-04T14:00', '2026-04-04T14:15', '2026-04-04T14:30', '2026-04-04T14:45', '2026-04-05T14:30'],
    ],
    [
      'São Paulo skips midnight',
      'cron(0 0 * * ? *)',
      'America/Sao_Paulo',
      '2018-11-03T00:00Z',
      ['2018-11-03T03:00', '2018-11-05T02:00'],
    ],
    [
      'Beirut skips midnight',
      'cron(0 0 ? * SUN *)',
      'Asia/Beirut',
      '2026-03-22T00:00Z',
      ['2026-04-04T21:00'],
    ],
    [
      'Apia had no 30 December 2011',
      'cron(0 9 ? * * *)',
      'Pacific/Apia',
      '2011-12-29T00:00Z',
      ['2011-12-29T19:00', '2011-12-30T19:00'],
    ],
    [
      'Kathmandu moved by a quarter of an hour',
      'cron(10 0 1 1 ? *)',
      'Asia/Kathmandu',
      '1985-12-31T00:00Z',
      ['1986-12-31T18:25'],
    ],
  ])('%s', (_, when, timezone, from, expected) => {
    expect(occurrencesOf(when, timezone, from, expected.length)).toEqual(expected)
  })

  it('steps back over a skipped local time, and to the first of two', () => {
    const back = (when: string, before: string) => {
      const at = compile(when, 'America/New_York').previous(Date.parse(before))
      return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16)
    }
    expect(back('cron(30 2 * * ? *)', '2026-03-09T00:00:00Z')).toBe('2026-03-07T07:30')
    expect(back('cron(0/30 2 * * ? *)', '2026-03-09T06:00:00Z')).toBe('2026-03-07T07:30')
    expect(back('cron(0/30 1-3 * * ? *)', '2026-03-08T07:00:00Z')).toBe('2026-03-08T06:30')
    expect(back('cron(30 1 * * ? *)', '2026-11-01T12:00:00Z')).toBe('2026-11-01T05:30')
    expect(back('cron(* * * * ? *)', '2026-11-01T06:30:00Z')).toBe('2026-11-01T05:59')
    expect(back('cron(* * * * ? *)', '2026-11-01T07:00:01Z')).toBe('2026-11-01T07:00')
  })

  it('takes the first of two local times for at(), and refuses one that clocks skip', () => {
    expect(compile('at(2026-11-01T01:30:00)', 'America/New_York').next(0)).toBe(
      Date.parse('2026-11-01T05:30:00Z'),
    )
    expect(() => compile('at(2026-03-08T02:30:00)', 'America/New_York')).toThrow(
      /does not exist in America\/New_York/,
    )
    expect(compile('at(2026-03-08T03:00:00)', 'America/New_York').next(0)).toBe(
      Date.parse('2026-03-08T07:00:00Z'),
    )
  })
})
