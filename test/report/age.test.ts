import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Age, type Known, oldestAge } from '../../src/report/age.ts'

const period = { from: 100, to: 200 }

describe('the oldest that a value became', () => {
  it.each<[string, Known, Age | undefined]>([
    ['of which nothing is known, not even when it was made', { changes: [] }, undefined],
    ['made before the ledger’s first record of it', { changes: [], watched: 199 }, { ms: 1, atLeast: true }],
    ['watched since before', { changes: [], watched: 40 }, { ms: 100, atLeast: true }],
    ['made a minute ago', { changes: [], created: 199, watched: 199 }, { ms: 1, atLeast: false }],
    ['made in the period, and changed', { changes: [190], created: 150 }, { ms: 40, atLeast: false }],
    ['changed before the period only', { changes: [], before: 40 }, { ms: 160, atLeast: false }],
    ['changed once', { changes: [150], before: 90 }, { ms: 60, atLeast: false }],
    ['changed once, and not known to before', { changes: [190] }, { ms: 10, atLeast: true }],
    ['the same, watched', { changes: [190], watched: 120 }, { ms: 70, atLeast: true }],
    ['changed in any order', { changes: [180, 120], before: 90 }, { ms: 60, atLeast: false }],
    [
      'changed after the period, which is another one’s',
      { changes: [250], before: 90 },
      { ms: 110, atLeast: false },
    ],
  ])('%s', (_what, known, expected) => {
    expect(oldestAge(known, period)).toEqual(expected)
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
        expect(oldestAge({ changes, before }, period)?.ms).toBe(worst)
      }),
    )
  })
})
