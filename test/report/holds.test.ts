import { describe, expect, it } from 'vitest'
import type { Hold } from '../../src/ledger/holds.ts'
import { placementsIn } from '../../src/report/holds.ts'

const day = (date: number, hour = 0) => new Date(Date.UTC(2026, 10, date, hour)).toISOString()
const hold = (...events: Hold['events']): Hold => ({
  ...{ scope: 'all', reason: 'r', by: 'mei', placedAt: day(1), events },
})
const placed = (at: string, until?: string) => ({
  ...{ at, action: 'placed' as const, by: 'mei', reason: 'incident' },
  ...(until && { until }),
})
const released = (at: string) => ({ at, action: 'released' as const, by: 'jun' })
const period = { from: Date.parse(day(10)), to: Date.parse(day(20)) }

describe('holds of a period', () => {
  it.each([
    ['released', [placed(day(11)), released(day(12))], [[day(11), day(12), 'jun']]],
    ['in force still', [placed(day(11))], [[day(11), undefined, undefined]]],
    ['that ran out', [placed(day(11), day(12))], [[day(11), day(12), undefined]]],
    [
      'replaced by another',
      [placed(day(11)), placed(day(12), day(13))],
      [
        [day(11), day(12), undefined],
        [day(12), day(13), undefined],
      ],
    ],
    [
      'that ran out long before the next',
      [placed(day(11), day(12)), placed(day(15)), released(day(16))],
      [
        [day(11), day(12), undefined],
        [day(15), day(16), 'jun'],
      ],
    ],
    ['of before', [placed(day(2)), released(day(9))], []],
    ['of after', [placed(day(20))], []],
    ['that reaches into it', [placed(day(2)), released(day(10, 1))], [[day(2), day(10, 1), 'jun']]],
  ])('%s', (_what, events, expected) => {
    const found = placementsIn([hold(...events)], period)
    expect(found.map(({ from, to, releasedBy }) => [from, to, releasedBy])).toEqual(expected)
  })
})
