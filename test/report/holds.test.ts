import { describe, expect, it } from 'vitest'
import type { Hold } from '../../src/model/hold.ts'
import { placementsIn } from '../../src/report/holds.ts'

const day = (date: number, hour = 0) => new Date(Date.UTC(2026, 10, date, hour)).toISOString()
const hold = (placedAt: string, ends: Partial<Hold> = {}): Hold => ({
  ...{ id: 'aaa-aaa-aaa', scope: 'all', kind: 'hold', reason: 'r', by: 'mei', placedAt, ...ends },
})
const released = (releasedAt: string) => ({ releasedAt, releasedBy: 'jun' })
const period = { from: Date.parse(day(10)), to: Date.parse(day(20)) }

describe('holds of a period', () => {
  it.each([
    ['released', [hold(day(11), released(day(12)))], [[day(11), day(12), 'jun']]],
    ['in force still', [hold(day(11))], [[day(11), undefined, undefined]]],
    ['that ran out', [hold(day(11), { until: day(12) })], [[day(11), day(12), undefined]]],
    [
      'beside each other',
      [hold(day(12), { until: day(13) }), hold(day(11), released(day(14)))],
      [
        [day(11), day(14), 'jun'],
        [day(12), day(13), undefined],
      ],
    ],
    [
      'released before its end',
      [hold(day(11), { until: day(15), ...released(day(12)) })],
      [[day(11), day(12), 'jun']],
    ],
    ['of before', [hold(day(2), released(day(9)))], []],
    ['of after', [hold(day(20))], []],
    ['that reaches into it', [hold(day(2), released(day(10, 1)))], [[day(2), day(10, 1), 'jun']]],
  ])('%s', (_what, holds, expected) => {
    const found = placementsIn(holds, period)
    expect(found.map(({ from, to, releasedBy }) => [from, to, releasedBy])).toEqual(expected)
  })
})
