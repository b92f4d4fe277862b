import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PART, partsOf } from '../../src/rotation/parts.ts'

const named = (count: number) => Array.from({ length: count }, (_, index) => `db-${index}`)
const shape = (count: number, concurrency: number) => {
  const { secrets, ...rest } = partsOf(named(count), concurrency)
  return { sizes: secrets.map(({ length }) => length), ...rest }
}

describe('parts of a wave', () => {
  it('are full where one execution takes all that rotate at once', () => {
    expect(shape(100, 10)).toEqual({ sizes: [40, 40, 20], sideBySide: 1, concurrency: 10 })
    expect(shape(45, 40)).toEqual({ sizes: [40, 5], sideBySide: 1, concurrency: 40 })
  })

  it('are even where it does not: nothing waits for a part to end that might rotate now', () => {
    expect(shape(50, 50)).toEqual({ sizes: [25, 25], sideBySide: 2, concurrency: 25 })
    expect(shape(100, 50)).toEqual({ sizes: [25, 25, 25, 25], sideBySide: 2, concurrency: 25 })
    expect(shape(250, 80)).toEqual({
      sizes: [40, 40, 40, 40, 40, 40, 10],
      sideBySide: 2,
      concurrency: 40,
    })
    expect(shape(90, 41)).toEqual({ sizes: [40, 40, 10], sideBySide: 2, concurrency: 20 })
  })

  it('hold every secret once, in order, and never rotate more at once than asked for', () => {
    const inputs = [fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 1_000 })] as const
    fc.assert(
      fc.property(...inputs, (count, concurrency) => {
        const { secrets, sideBySide, concurrency: each } = partsOf(named(count), concurrency)
        expect(secrets.flat()).toEqual(named(count))
        expect(Math.max(...secrets.map(({ length }) => length))).toBeLessThanOrEqual(PART)
        expect(sideBySide * each).toBeLessThanOrEqual(concurrency)
        expect(sideBySide * each).toBeGreaterThan(concurrency - sideBySide)
      }),
    )
  })
})
