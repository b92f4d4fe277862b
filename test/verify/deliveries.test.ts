import { expect, it } from 'vitest'
import { mostOff } from '../../src/verify/probes/deliveries.ts'

const SET = Date.parse('2026-11-28T03:00:00Z')
const offBy = (...offs: number[]) => offs.map((off) => ({ set: SET, scheduled: SET + off, text: `${off}` }))

it.each<[string, number[], string]>([
  ['exact', [0, 0], '0'],
  ['early', [0, -7_000], '-7000'],
  ['late', [0, 7_000], '7000'],
  ['a late one, however late, does not hide an early one', [40_000, -7_000, 0], '-7000'],
  ['the earliest of the early ones', [-1_000, -60_000, 90_000], '-60000'],
  ['what is no time goes first', [-7_000, Number.NaN, 90_000], 'NaN'],
])('the delivery whose told time is off: %s', (_, offs, told) =>
  expect(mostOff(offBy(...offs))?.text).toBe(told),
)

it('of nothing that arrived there is none', () => expect(mostOff([])).toBeUndefined())
