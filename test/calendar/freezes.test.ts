import { describe, expect, it } from 'vitest'
import { type Freeze, freezesKept, frozenBy, intervalsOf } from '../../src/calendar/freezes.ts'
import { localTimeIn } from '../../src/calendar/instant.ts'
import { frozenTime } from '../../src/calendar/unfrozen.ts'

const at = (iso: string) => Date.parse(iso)

function freeze(from: string, to: string, more: Partial<Freeze> = {}): Freeze {
  return { name: `${from}..${to}`, from, to, timezone: 'UTC', yearly: false, ...more }
}

describe('frozenBy', () => {
  it.each<[string, Freeze, string[], string[]]>([
    [
      'dates: midnight to midnight, the end exclusive',
      freeze('2026-12-25', '2027-01-04'),
      ['2026-12-25T00:00:00Z', '2027-01-01T00:00:00Z', '2027-01-03T23:59:59.999Z'],
      ['2026-12-24T23:59:59.999Z', '2027-01-04T00:00:00Z', '2027-12-26T00:00:00Z'],
    ],
    [
      "dates in the freeze's own zone",
      freeze('2026-12-25', '2027-01-04', { timezone: 'Asia/Tokyo' }),
      ['2026-12-24T15:00:00Z', '2027-01-03T14:59:59Z'],
      ['2026-12-24T14:59:59Z', '2027-01-03T15:00:00Z'],
    ],
    [
      'date-times',
      freeze('2026-12-25T18:00', '2026-12-25T18:30:30'),
      ['2026-12-25T18:00:00Z', '2026-12-25T18:30:29Z'],
      ['2026-12-25T17:59:59Z', '2026-12-25T18:30:30Z'],
    ],
    [
      'yearly, over the year end: the written years do not count',
      freeze('2020-12-25', '2021-01-04', { yearly: true }),
      ['2026-12-25T00:00:00Z', '2027-01-03T23:59:00Z', '2019-12-31T00:00:00Z'],
      ['2026-12-24T23:59:00Z', '2027-01-04T00:00:00Z', '2027-07-01T00:00:00Z'],
    ],
    [
      'yearly, over the year end, both written in one year',
      freeze('2026-12-25', '2026-01-04', { yearly: true }),
      ['2026-12-25T00:00:00Z', '2027-01-03T23:59:00Z', '2026-01-01T00:00:00Z'],
      ['2026-12-24T23:59:00Z', '2027-01-04T00:00:00Z'],
    ],
    [
      'yearly, within a year',
      freeze('2026-07-01', '2026-07-08T12:00', { yearly: true }),
      ['2027-07-01T00:00:00Z', '2030-07-08T11:59:00Z', '2020-07-04T00:00:00Z'],
      ['2027-06-30T23:59:00Z', '2027-07-08T12:00:00Z'],
    ],
    [
      'yearly, the same day at both ends: always',
      freeze('2026-01-01', '2027-01-01', { yearly: true }),
      ['2026-01-01T00:00:00Z', '2026-12-31T23:59:59Z', '2028-06-01T00:00:00Z'],
      [],
    ],
    [
      'yearly on 29 February: leap years only',
      freeze('2028-02-29', '2028-03-01', { yearly: true }),
      ['2028-02-29T00:00:00Z', '2032-02-29T23:59:00Z'],
      ['2027-02-28T23:59:00Z', '2027-03-01T00:00:00Z', '2028-03-01T00:00:00Z', '2028-02-28T23:59:00Z'],
    ],
    [
      'yearly to 29 February: to the end of the 28th in other years',
      freeze('2028-02-20', '2028-02-29', { yearly: true }),
      ['2027-02-28T23:59:00Z', '2028-02-28T23:59:00Z'],
      ['2027-03-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ],
    [
      'a beginning in the gap: from the moment clocks jump',
      freeze('2026-03-08T02:30', '2026-03-08T04:00', { timezone: 'America/New_York' }),
      ['2026-03-08T07:00:00Z', '2026-03-08T07:59:59Z'],
      ['2026-03-08T06:59:59Z', '2026-03-08T08:00:00Z'],
    ],
    [
      'an end that clocks show twice: the first',
      freeze('2026-11-01', '2026-11-01T01:30', { timezone: 'America/New_York' }),
      ['2026-11-01T04:00:00Z', '2026-11-01T05:29:59Z'],
      ['2026-11-01T05:30:00Z', '2026-11-01T06:00:00Z'],
    ],
    [
      'yearly, near New Year in a zone far from UTC',
      freeze('2026-01-01', '2026-01-02', { yearly: true, timezone: 'Pacific/Kiritimati' }),
      ['2027-12-31T10:00:00Z', '2028-01-01T09:59:59Z'],
      ['2027-12-31T09:59:59Z', '2028-01-01T10:00:00Z'],
    ],
    [
      'yearly, near New Year in a zone behind UTC',
      freeze('2026-12-31', '2027-01-01', { yearly: true, timezone: 'Pacific/Pago_Pago' }),
      ['2027-12-31T11:00:00Z', '2028-01-01T10:59:59Z'],
      ['2027-12-31T10:59:59Z', '2028-01-01T11:00:00Z'],
    ],
  ])('%s', (_, one, inside, outside) => {
    for (const instant of inside) expect(frozenBy([one], at(instant)), instant).toBe(one)
    for (const instant of outside) expect(frozenBy([one], at(instant)), instant).toBeUndefined()
  })

  it('gives the first of several, and none of none', () => {
    const [a, b] = [freeze('2026-01-01', '2026-02-01'), freeze('2026-01-15', '2026-03-01')]
    expect(frozenBy([a, b], at('2026-01-20T00:00:00Z'))).toBe(a)
    expect(frozenBy([a, b], at('2026-02-20T00:00:00Z'))).toBe(b)
    expect(frozenBy([], at('2026-02-20T00:00:00Z'))).toBeUndefined()
  })

  it('leaves out what a schedule ignores', () => {
    const [a, b] = [freeze('2026-01-01', '2026-02-01'), freeze('2026-01-15', '2026-03-01')]
    expect(freezesKept([a, b], { ignoreFreezes: [{ name: a.name }] })).toEqual([b])
    expect(freezesKept([a, b], { ignoreFreezes: [] })).toEqual([a, b])
  })
})

describe('intervals', () => {
  it('lists every year that touches the time asked for', () => {
    const yearly = freeze('2026-12-25', '2027-01-04', { yearly: true })
    const found = intervalsOf(yearly, at('2026-01-02T00:00:00Z'), at('2027-12-25T00:00:01Z'))
    expect(
      found.map(({ from, to }) => [
        new Date(from).toISOString().slice(0, 10),
        new Date(to).toISOString().slice(0, 10),
      ]),
    ).toEqual([
      ['2025-12-25', '2026-01-04'],
      ['2026-12-25', '2027-01-04'],
      ['2027-12-25', '2028-01-04'],
    ])
    expect(intervalsOf(yearly, at('2026-01-04T00:00:00Z'), at('2026-12-25T00:00:00Z'))).toEqual([])
  })

  it('leaves out the years in which a freeze covers no time', () => {
    const leapDay = freeze('2028-02-29', '2028-03-01', { yearly: true })
    const found = intervalsOf(leapDay, at('2025-01-01T00:00:00Z'), at('2033-01-01T00:00:00Z'))
    expect(found.map(({ from }) => new Date(from).toISOString().slice(0, 10))).toEqual([
      '2028-02-29',
      '2032-02-29',
    ])
  })

  it('merges what overlaps or touches', () => {
    const freezes = [
      freeze('2026-03-01', '2026-03-05'),
      freeze('2026-01-01', '2026-01-10'),
      freeze('2026-01-10', '2026-01-12'),
      freeze('2026-01-02', '2026-01-03'),
    ]
    expect(frozenTime(freezes, at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z'))).toEqual([
      { from: at('2026-01-01T00:00:00Z'), to: at('2026-01-12T00:00:00Z') },
      { from: at('2026-03-01T00:00:00Z'), to: at('2026-03-05T00:00:00Z') },
    ])
  })
})

describe('localTimeIn', () => {
  it.each([
    ['2026-12-25', { year: 2026, month: 12, day: 25, timeOfDay: 0 }],
    ['2026-12-25T18:00', { year: 2026, month: 12, day: 25, timeOfDay: 64_800_000 }],
    ['2026-12-25T18:00:05', { year: 2026, month: 12, day: 25, timeOfDay: 64_805_000 }],
    ['2028-02-29', { year: 2028, month: 2, day: 29, timeOfDay: 0 }],
    ['2026-12-25T23:59:59', { year: 2026, month: 12, day: 25, timeOfDay: 86_399_000 }],
    ['x2026-12-25', undefined],
    ['2026-12-25T18:00:00x', undefined],
    ['2027-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-00-01', undefined],
    ['2026-01-00', undefined],
    ['2026-01-32', undefined],
    ['2026-12-25T24:00', undefined],
    ['2026-12-25T23:60', undefined],
    ['2026-12-25T23:59:60', undefined],
    ['2026-12-25T18:00Z', undefined],
    ['25.12.2026', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(localTimeIn(text)).toEqual(expected)
  })

  it('is trusted inside: a freeze that is no date is a fault of the caller', () => {
    expect(() => frozenBy([freeze('soon', '2026-01-01')], 0)).toThrow(/"soon" is no date/)
  })
})
