import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wallClock } from '../../src/calendar/wall-clock.ts'
import { compareInstants, type Side } from '../../src/diff/instants.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.UTC(2026, 2, 20)

const dayIn = (timezone: string) => (instant: number) =>
  Math.floor((instant + wallClock(timezone).offsetAt(instant)) / DAY)

/** Quarters of an hour in three weeks about a change of clocks: dense enough to meet, to pair and to be left over. */
const instants = fc
  .uniqueArray(fc.integer({ min: 0, max: 21 * 96 }), { maxLength: 120 })
  .map((all) => all.sort((a, b) => a - b).map((n) => FROM + n * (HOUR / 4)))
const zone = fc.constantFrom('UTC', 'Europe/Paris', 'Asia/Tokyo', 'America/New_York', 'Asia/Beirut')
const side = fc
  .tuple(instants, zone)
  .map(([all, timezone]): Side => ({ instants: all, dayOf: dayIn(timezone) }))

describe('what is gained, lost and moved', () => {
  it('turns BASE’s set exactly into HEAD’s', () => {
    fc.assert(
      fc.property(side, side, (base, head) => {
        const { gained, lost, moved } = compareInstants(base, head)
        const set = new Set(base.instants)
        for (const at of [...lost, ...moved.map(({ from }) => from)]) expect(set.delete(at)).toBe(true)
        for (const at of [...gained, ...moved.map(({ to }) => to)]) {
          expect(set.has(at)).toBe(false)
          set.add(at)
        }
        expect([...set].sort((a, b) => a - b)).toEqual(head.instants)
      }),
    )
  })

  it('never touches what both have, moves within a local day and in order, and leaves no pair unmade', () => {
    fc.assert(
      fc.property(side, side, (base, head) => {
        const { gained, lost, moved } = compareInstants(base, head)
        const both = new Set(base.instants.filter((at) => head.instants.includes(at)))
        for (const at of [...gained, ...lost, ...moved.flatMap(({ from, to }) => [from, to])])
          expect(both.has(at)).toBe(false)
        for (const { from, to } of moved) expect(head.dayOf(to)).toBe(base.dayOf(from))
        const lonely = new Set(lost.map(base.dayOf))
        for (const at of gained) expect(lonely.has(head.dayOf(at))).toBe(false)
        for (const all of [gained, lost, moved.map(({ from }) => from)])
          expect(all).toEqual([...all].sort((a, b) => a - b))
      }),
    )
  })

  it('is the mirror image the other way round', () => {
    fc.assert(
      fc.property(side, side, (base, head) => {
        const there = compareInstants(base, head)
        const back = compareInstants(head, base)
        expect([back.gained, back.lost]).toEqual([there.lost, there.gained])
        expect(new Set(back.moved.map(({ from, to }) => `${to} ${from}`))).toEqual(
          new Set(there.moved.map(({ from, to }) => `${from} ${to}`)),
        )
      }),
    )
  })
})
