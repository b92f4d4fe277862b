import { describe, expect, it } from 'vitest'
import type { FactName } from '../../src/model/facts.ts'
import { SILENCE_MS } from '../../src/model/limits.ts'
import { DEFAULT_TOLERANCES, tolerancesBy } from '../../src/model/tolerances.ts'

const seenAt = '2026-11-28T05:00:00.000Z'
const spread = (most: number) => ({ count: 3, least: 0, middle: Math.min(most, 1), most })
const by = (seen: Partial<Record<FactName, unknown>>) =>
  tolerancesBy(Object.entries(seen).map(([name, it]) => ({ name: name as FactName, seenAt, seen: it })))

it('are the defaults where nothing was seen', () => {
  expect(tolerancesBy([])).toEqual(DEFAULT_TOLERANCES)
})

describe.each([
  ['wake-delay', 'awakeMs', 5_000, 60_000, (most: number) => ({ cold: spread(most), warm: spread(1) })],
  ['wake-delay', 'awakeMs', 5_000, 60_000, (most: number) => ({ warm: spread(most) })],
  ['version-visible', 'visibleMs', 60_000, 180_000, spread],
  ['delivery-delay', 'deliveryMs', 180_000, 900_000, spread],
] as const)('by %s, %s', (name, tolerance, standard, most, seen) => {
  it.each([
    [0, standard],
    [standard, standard],
    [standard + 1, 2 * standard + 1_000],
    [most, most],
    [1e15, most],
    [-1e15, standard],
    [Number.NaN, standard],
  ])('%s ms seen: %s', (ms, taken) => {
    expect(by({ [name]: seen(ms) })).toEqual({ ...DEFAULT_TOLERANCES, [tolerance]: taken })
  })

  it('what is absurd changes nothing', () => {
    for (const absurd of [undefined, null, 'slow', 7, [], {}, { cold: null }, { ...spread(9e9), count: 0 }])
      expect(by({ [name]: absurd })).toEqual(DEFAULT_TOLERANCES)
  })
})

it('a version that did not show at all is looked for longest, and not beyond what others take for silence', () => {
  expect(by({ 'version-visible': { notWithinMs: 300_000 } }).visibleMs).toBe(180_000)
  expect(180_000).toBeLessThan(SILENCE_MS)
})

describe('a token that is attempted again', () => {
  const again = 'accepted and attempted again'
  it.each([
    [{ done: again }, 60_000],
    [{ pending: again }, 60_000],
    [{ failed: again }, undefined],
    [{ failed: 'accepted, nothing' }, undefined],
    [{ pending: again, failed: 'accepted, nothing' }, 60_000],
    [{ pending: 'accepted, nothing', done: 'refused: X', failed: again }, undefined],
  ])('%j: the next sending waits %s ms', (seen, ms) => {
    expect(by({ 'repeated-token': seen }).resendMs).toBe(ms)
  })

  it.each([
    [spread(1), 5_000],
    [spread(10_000), 20_000],
    [spread(50_000), 60_000],
    [{ ...spread(1), count: 0 }, 60_000],
  ])('waits for what is known of versions: %j, %s ms', (visible, ms) => {
    expect(by({ 'repeated-token': { done: again }, 'version-visible': visible }).resendMs).toBe(ms)
  })
})

it('a failure that was not told is known with its date; one that was is nothing', () => {
  expect(by({ 'failure-event': { notWithinMs: 600_000 } }).failuresUnseenAt).toBe(seenAt)
  expect(by({ 'failure-event': { ...spread(1), readable: true, shape: [] } })).toEqual(DEFAULT_TOLERANCES)
})
