import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LocalHours, within } from '../../src/calendar/local-hours.ts'
import { wallClock } from '../../src/calendar/wall-clock.ts'
import { HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { tries } from '../deep.ts'
import { isWithin } from './local-hours.ts'

function first(hours: LocalHours, timezone: string, from: string, minutes: number): string | undefined {
  const begin = Date.parse(from)
  const found = within(hours, wallClock(timezone))(begin, begin + minutes * MINUTE)
  return found === undefined ? undefined : iso(found).slice(0, 16)
}

describe('hours by the clock on the wall', () => {
  const DAY: LocalHours = { from: '08:00', to: '18:00', days: 'MON-FRI' }
  it.each([
    ['begin at their hour', DAY, '2026-12-07T07:00Z', 120, '2026-12-07T08:00'],
    ['count from the very minute', DAY, '2026-12-07T08:00Z', 1, '2026-12-07T08:00'],
    ['are not there a minute before', DAY, '2026-12-07T07:30Z', 30, undefined],
    ['end before their end', DAY, '2026-12-07T18:00Z', 60, undefined],
    ['hold in their last minute', DAY, '2026-12-07T17:59Z', 1, '2026-12-07T17:59'],
    ['leave out other days', DAY, '2026-12-06T00:00Z', 1_440, undefined],
    ['end on the next day', { from: '22:00', to: '06:00' }, '2026-12-07T05:59Z', 1, '2026-12-07T05:59'],
    [
      'begin on their day where they end on the next',
      { from: '22:00', to: '06:00', days: 'FRI' },
      '2026-12-05T05:59Z',
      1,
      '2026-12-05T05:59',
    ],
    [
      'do not begin on the day on which they only end',
      { from: '22:00', to: '06:00', days: 'FRI' },
      '2026-12-05T06:00Z',
      1_440,
      undefined,
    ],
    ['are whole days without hours', { days: 'SAT,SUN' }, '2026-12-04T12:00Z', 1_440, '2026-12-05T00:00'],
    ['may end with the day', { from: '20:00', to: '24:00' }, '2026-12-05T00:00Z', 1_200, undefined],
    ['run across the week’s end', { days: 'SAT-MON' }, '2026-12-08T00:00Z', 4 * 1_440, undefined],
  ])('%s', (_, hours, from, minutes, expected) => {
    expect(first(hours, 'UTC', from, minutes)).toBe(expected)
  })

  it('come twice where clocks go back over them, and not at all where they skip them', () => {
    const hours = { from: '01:30', to: '02:00' }
    // 01:00 to 02:00 comes twice in London on 25 October 2026, at 00:00Z and at 01:00Z, and not on 28 March 2027.
    expect(first(hours, 'Europe/London', '2026-10-25T00:00Z', 60)).toBe('2026-10-25T00:30')
    expect(first(hours, 'Europe/London', '2026-10-25T01:00Z', 60)).toBe('2026-10-25T01:30')
    expect(first(hours, 'Europe/London', '2027-03-28T00:00Z', 720)).toBeUndefined()
  })
})

/** A change of the clock each, some of them about midnight, one of half an hour. */
const CHANGES: [zone: string, about: string][] = [
  ['Europe/London', '2026-10-25T01:00Z'],
  ['Europe/London', '2027-03-28T01:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T15:00Z'],
  ['Africa/Cairo', '2026-10-29T21:00Z'],
  ['Asia/Tokyo', '2026-12-05T15:00Z'],
]
const time = fc
  .tuple(fc.nat(23), fc.constantFrom('00', '30', '59'))
  .map(([h, m]) => `${h < 10 ? '0' : ''}${h}:${m}`)
const day = fc.constantFrom('SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT')
const hours = fc
  .record(
    {
      from: time,
      to: time,
      days: fc.oneof(
        day,
        fc.tuple(day, day).map((two) => two.join('-')),
      ),
    },
    { requiredKeys: [] },
  )
  .filter(({ from = '00:00', to = '24:00' }) => from !== to)

it('hold as one who looks at the clock every minute finds', () => {
  fc.assert(
    fc.property(
      hours,
      fc.constantFrom(...CHANGES),
      fc.integer({ min: -1_000, max: 600 }),
      fc.integer({ min: 1, max: 300 }),
      (asked, [zone, about], shift, minutes) => {
        const from = Date.parse(about) + shift * MINUTE
        let looked: number | undefined
        for (let at = from; at < from + minutes * MINUTE && looked === undefined; at += MINUTE)
          if (isWithin(asked, zone, at)) looked = at
        expect(within(asked, wallClock(zone))(from, from + minutes * MINUTE)).toBe(looked)
      },
    ),
    { numRuns: tries(400), seed: 14 },
  )
})

it('looks at nothing where there is nothing to look at', () => {
  const at = Date.parse('2026-12-07T09:00Z')
  expect(within({ from: '08:00' }, wallClock('UTC'))(at, at)).toBeUndefined()
  expect(within({ from: '08:00' }, wallClock('UTC'))(at - HOUR, at - HOUR + 1)).toBe(at - HOUR)
})
