import { describe, expect, it } from 'vitest'
import {
  elsewhere,
  goesByZone,
  movedOccurrences,
  OURS,
  zoneDataOf,
} from '../../src/calendar/zone-difference.ts'
import { OLDER } from './older.ts'

const DAY = 86_400_000
const FROM = Date.parse('2026-10-25T00:00:00Z')

const older = zoneDataOf(OLDER)

const moved = (when: string, timezone: string, days: number) =>
  [...movedOccurrences({ when, timezone }, FROM, FROM + days * DAY, OURS, older)].map(({ ours, theirs }) =>
    [ours, theirs].map((at) => (at === undefined ? undefined : new Date(at).toISOString().slice(5, 16))),
  )

describe('occurrences that other zone data put elsewhere', () => {
  it('are all of those in the time that the two disagree on, and no others', () => {
    expect(moved('cron(0 3 * * ? *)', 'America/Winnipeg', 9)).toEqual([
      ['11-01T08:00', '11-01T09:00'],
      ['11-02T08:00', '11-02T09:00'],
    ])
    expect(moved('cron(0 3 * * ? *)', 'America/Winnipeg', 400)).toHaveLength(30 + 31 + 31 + 28 + 13)
  })

  it('are single ones where it is rare', () => {
    expect(moved('cron(30 2 L * ? *)', 'America/Winnipeg', 60)).toEqual([['11-30T07:30', '11-30T08:30']])
    expect(moved('at(2026-12-24T18:00:00)', 'America/Winnipeg', 90)).toEqual([['12-24T23:00', '12-25T00:00']])
  })

  it('may be skipped by the other', () => {
    // 02:30 on 14 March 2027 is in the older data’s gap.
    expect(moved('at(2027-03-14T02:30:00)', 'America/Winnipeg', 200)).toEqual([['03-14T07:30', undefined]])
  })

  it.each([
    ['another zone', 'cron(0 3 * * ? *)', 'America/Toronto'],
    ['UTC', 'cron(0 3 * * ? *)', 'UTC'],
    ['a rate', 'rate(1 day)', 'America/Winnipeg'],
  ])('are none in %s', (_, when, timezone) => {
    expect(moved(when, timezone, 400)).toEqual([])
  })

  it('one by one', () => {
    const at = Date.parse('2026-11-28T08:00:00Z')
    expect(elsewhere('America/Winnipeg', at, OURS, older)).toBe(at + 3_600_000)
    expect(elsewhere('Asia/Tokyo', at, OURS, older)).toBe(at)
    expect(goesByZone({ when: 'cron(0 3 * * ? *)', timezone: 'Asia/Tokyo' })).toBe(true)
  })
})
