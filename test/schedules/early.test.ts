import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { wallClock } from '../../src/calendar/wall-clock.ts'
import type { Schedule } from '../../src/config/config.ts'
import { EARLY_MS } from '../../src/model/limits.ts'
import { waveOf } from '../../src/rotation/wave-request.ts'
import { inputOf } from '../../src/schedules/desired.ts'
import { earlyTimings } from '../../src/schedules/early.ts'
import { entry } from './entry.ts'

const DAY = 86_400_000

/** The occurrence that the orchestrator takes a companion's delivery to be about: the writer and the reader agree. */
function announcedBy(schedule: Schedule, firedAt: number): number | undefined {
  const input = inputOf(schedule.name, true).replace(
    '<aws.scheduler.scheduled-time>',
    new Date(firedAt).toISOString(),
  )
  const config = { stage: 'test', version: '0', freezes: [], schedules: [schedule] }
  const wave = waveOf(JSON.parse(input), config)
  return 'secrets' in wave && wave.secrets.length === 0 ? undefined : Date.parse(wave.scheduledAt)
}

describe('early companions', () => {
  it.each([
    ['the hour itself', 'cron(0 3 ? * SUN *)', ['cron(58 2 ? * SUN *)']],
    ['later in the hour', 'cron(30 2 L * ? *)', ['cron(28 2 L * ? *)']],
    [
      'several times',
      'cron(0,30 2,14 1W * ? 2027)',
      ['cron(28 2,14 1W * ? 2027)', 'cron(58 1,13 1W * ? 2027)'],
    ],
    ['every quarter of an hour', 'cron(*/15 * * * ? *)', ['cron(13,28,43,58 * * * ? *)']],
    ['midnight of every day', 'cron(0 0 * * ? *)', ['cron(58 23 * * ? *)']],
    ['midnight and later of every day', 'cron(1 0,12 ? * * *)', ['cron(59 11,23 ? * * *)']],
    ['midnight of weekdays', 'cron(0 0 ? * SUN,TUE-THU *)', ['cron(58 23 ? * 2-4,7 *)']],
    ['midnight of the first', 'cron(0 0 1 * ? *)', ['cron(58 23 L * ? *)']],
    ['midnight of a quarter’s first', 'cron(0 0 1 1,4,7,10 ? *)', ['cron(58 23 L 3,6,9,12 ? *)']],
    ['midnight of the 2nd to the 28th', 'cron(0 0 2,15 2 ? 2028)', ['cron(58 23 1,14 2 ? 2028)']],
    ['midnight of the 29th: no 28th would be right', 'cron(0 0 29 * ? *)', []],
    ['midnight of the last day', 'cron(0 0 L * ? *)', []],
    ['midnight of one weekday in one month', 'cron(0 0 ? 6 FRI *)', []],
    ['New Year of one year', 'cron(0 0 1 1 ? 2030)', []],
    ['midnight of the 28th', 'cron(0 0 28 * ? *)', ['cron(58 23 27 * ? *)']],
    ['midnight of the first and another day: no one field says both days before', 'cron(0 0 1,15 * ? *)', []],
    ['midnight of the first seven days, which are no seven weekdays', 'cron(0 0 1-7 * ? *)', []],
    ['midnight and noon of the last day: noon is kept', 'cron(0 0,12 L * ? *)', ['cron(58 11 L * ? *)']],
  ])('%s', (_, when, expected) => {
    expect(earlyTimings(entry({ when })).map((timing) => timing.expression)).toEqual(expected)
  })

  it('have no expression that AWS would find too long: 256 characters are its most', () => {
    // As written the minutes are `*/2`; two minutes before, they are a list of numbers.
    const years = Array.from({ length: 20 }, (_, index) => 2027 + 2 * index).join(',')
    const lengths = (day: number) => {
      const when = `cron(*/2 1,3,5,7,9,11,13,15,17 1,3,5,7,11,13,15,${day} 1,3,5,7,9,11,12 ? ${years},2080-2090)`
      return earlyTimings(entry({ when })).map(({ expression }) => expression.length)
    }
    expect(lengths(9)).toEqual([256, 177])
    expect(lengths(17)).toEqual([178])
  })

  it.each([
    ['rate(1 hour)', '2026-11-24T03:00:00Z', 'cron(58 * * * ? *)'],
    ['rate(1 day)', '2026-11-24T00:01:00Z', 'cron(59 23 * * ? *)'],
    ['rate(7 days)', '2026-11-22T00:00:00Z', 'cron(58 23 ? * 7 *)'],
  ])('wake up two minutes before each occurrence of %s from %s', (when, start, expression) => {
    expect(earlyTimings(entry({ when, start }))).toEqual([{ expression, timezone: 'UTC' }])
  })

  it('shifts a single instant by the clock, not by the wall', () => {
    // 02:01 in New York on 8 March 2026 does not exist; 03:01 comes two minutes after 01:59.
    expect(earlyTimings(entry({ when: 'at(2026-03-08T03:01:00)', timezone: 'America/New_York' }))).toEqual([
      { expression: 'at(2026-03-08T06:59:00)', timezone: 'UTC' },
    ])
  })

  it('turns a companion away on the night when clocks change between it and the occurrence', () => {
    const schedule = entry({ when: 'cron(0 2 * * ? *)', timezone: 'America/New_York' })
    // 01:58 standard time, two minutes before the clocks jump from 02:00 to 03:00: nothing happens at 02:00.
    expect(announcedBy(schedule, Date.parse('2026-03-08T06:58:00Z'))).toBeUndefined()
    expect(announcedBy(schedule, Date.parse('2026-03-09T05:58:00Z'))).toBe(Date.parse('2026-03-09T06:00:00Z'))
  })

  const minute = fc.oneof(
    fc.constantFrom('0', '1', '2', '59', '*/15', '*', '0,30', '1-4'),
    fc.integer({ min: 0, max: 59 }).map(String),
  )
  const hour = fc.oneof(
    fc.constantFrom('0', '*', '0,12', '*/6', '23', '2', '1,2,3'),
    fc.integer({ min: 0, max: 23 }).map(String),
  )
  const days = fc.constantFrom(
    ['*', '*', '?'],
    ['1', '*', '?'],
    ['1', '1,3', '?'],
    ['2-28', '*', '?'],
    ['28-31', '*', '?'],
    ['31', '*', '?'],
    ['L', '*', '?'],
    ['1W', '*', '?'],
    ['15W', '3', '?'],
    ['*', '2', '?'],
    ['?', '*', '*'],
    ['?', '*', '1'],
    ['?', '*', 'MON-FRI'],
    ['?', '3,11', 'SUN'],
    ['?', '*', '6L'],
    ['?', '*', '1#1'],
  )
  const year = fc.constantFrom('*', '2026-2028', '2027')
  const expressions = fc
    .tuple(minute, hour, days, year)
    .map(([m, h, [dom, month, dow], y]) => `cron(${m} ${h} ${dom} ${month} ${dow} ${y})`)
  const zones = fc.constantFrom(
    'UTC',
    'Asia/Tokyo',
    'America/New_York',
    'Europe/London',
    'Australia/Lord_Howe',
    'Africa/Cairo',
    'America/Sao_Paulo',
    'Asia/Beirut',
  )
  /** Start of 40 days: long enough for any month's end, around each change of clocks with good odds. */
  const starts = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-12-01') })

  it('fires two minutes before occurrences, for nothing else, and misses only what cannot be said', () => {
    let compared = 0
    fc.assert(
      fc.property(expressions, zones, starts, (when, timezone, from) => {
        const schedule = entry({ when, timezone })
        const to = from + 40 * DAY
        const changes = wallClock(timezone).changes(from - DAY, to + DAY)
        const clocksChangeBefore = (instant: number) =>
          changes.some((change) => change.instant > instant - EARLY_MS && change.instant <= instant)
        const occurrences = new Set(compile(when, timezone).between(from, to))
        const firings = earlyTimings(schedule).flatMap((timing) => [
          ...compile(timing.expression, timing.timezone).between(from - EARLY_MS, to - EARLY_MS),
        ])

        expect(new Set(firings).size).toBe(firings.length)
        const announced = new Set<number>()
        for (const firing of firings) {
          const target = firing + EARLY_MS
          if (!occurrences.has(target)) expect(clocksChangeBefore(target)).toBe(true)
          expect(announcedBy(schedule, firing)).toBe(occurrences.has(target) ? target : undefined)
          announced.add(target)
          compared++
        }
        for (const occurrence of occurrences) {
          if (announced.has(occurrence) || clocksChangeBefore(occurrence)) continue
          const local = occurrence + wallClock(timezone).offsetAt(occurrence)
          expect(((local % DAY) + DAY) % DAY).toBeLessThan(EARLY_MS)
          expect(/^cron\(\S+ \S+ (\* \*|\? \* \*) .*\*\)$/.test(when)).toBe(false)
        }
      }),
      { numRuns: 400, seed: 20261124 },
    )
    expect(compared).toBeGreaterThan(10_000)
  })
})
