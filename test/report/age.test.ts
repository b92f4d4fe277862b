import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oldestAge } from '../../src/report/age.ts'

const period = { from: 100, to: 200 }

describe('the oldest that a value became', () => {
  it.each([
    ['never changed, as far as is known', [], undefined, { ms: 100, atLeast: true }],
    ['changed before the period only', [], 40, { ms: 160, atLeast: false }],
    ['changed once', [150], 90, { ms: 60, atLeast: false }],
    ['changed once, and not known to before', [190], undefined, { ms: 90, atLeast: true }],
    ['changed in any order', [180, 120], 90, { ms: 60, atLeast: false }],
    ['changed after the period, which is another period’s', [250], 90, { ms: 110, atLeast: false }],
  ])('%s', (_what, changes, before, expected) => {
    expect(oldestAge(changes, before, period)).toEqual(expected)
  })

  it('is the age at the worst moment, by looking at every one', () => {
    const instants = fc.array(fc.integer({ min: 100, max: 200 }))
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 100 }), (changes, before) => {
        let worst = 0
        // Just before a change the value before it is at its oldest.
        for (let now = 100; now <= 200; now++) {
          const last = Math.max(before, ...changes.filter((at) => at < now))
          worst = Math.max(worst, now - last)
        }
        expect(oldestAge(changes, before, period).ms).toBe(worst)
      }),
    )
  })
})
