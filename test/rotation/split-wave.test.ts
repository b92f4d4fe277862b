import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksWithin } from '../../src/rotation/follow-version.ts'
import { MAX_SECRETS_PER_EXECUTION, splitWave } from '../../src/rotation/split-wave.ts'
import type { Wave } from '../../src/rotation/wave.ts'

const named = (count: number) => Array.from({ length: count }, (_, index) => `db-${index}`)
const waveOf = (count: number, concurrency: number, rest: Partial<Wave> = {}): Wave => ({
  name: 'nightly',
  secrets: named(count),
  scheduledAt: '2026-11-29T03:00:00Z',
  occasion: '2026-11-29T03:00:00Z',
  trigger: 'SCHEDULE',
  windowSeconds: 1_800,
  timeoutSeconds: 900,
  concurrency,
  before: [],
  after: [],
  ...rest,
})
const shape = (count: number, concurrency: number, rest: Partial<Wave> = {}) => {
  const { parts, sideBySide } = splitWave(waveOf(count, concurrency, rest)) ?? { parts: [], sideBySide: 0 }
  return { sizes: parts.map(({ secrets }) => secrets.length), sideBySide, concurrency: parts[0]?.concurrency }
}

describe('parts of a wave', () => {
  it('are none where one execution holds it', () => {
    expect(splitWave(waveOf(40, 10))).toBeUndefined()
    expect(shape(41, 10).sizes).toEqual([40, 1])
    expect(splitWave(waveOf(41, 10))?.parts[0]).toStrictEqual(waveOf(40, 10))
  })

  it('are one where the same execution has rotated others before', () => {
    expect(splitWave(waveOf(38, 10), 2)).toBeUndefined()
    expect(splitWave(waveOf(39, 10), 2)?.parts.map(({ secrets }) => secrets.length)).toEqual([39])
  })

  it('are full where one execution takes all that rotate at once', () => {
    expect(shape(100, 10)).toEqual({ sizes: [40, 40, 20], sideBySide: 1, concurrency: 10 })
    expect(shape(45, 40)).toEqual({ sizes: [40, 5], sideBySide: 1, concurrency: 40 })
  })

  it('are even where it does not: nothing waits for a part to end that might rotate now', () => {
    expect(shape(50, 50)).toEqual({ sizes: [25, 25], sideBySide: 2, concurrency: 25 })
    expect(shape(45, 45)).toEqual({ sizes: [23, 22], sideBySide: 2, concurrency: 23 })
    expect(shape(100, 50)).toEqual({ sizes: [25, 25, 25, 25], sideBySide: 2, concurrency: 25 })
    expect(shape(250, 80)).toEqual({
      sizes: [40, 40, 40, 40, 40, 40, 10],
      sideBySide: 2,
      concurrency: 40,
    })
    // Forty and fifteen would take as many turns, and leave twelve of the 54 without work in the first.
    expect(shape(55, 54)).toEqual({ sizes: [27, 27, 1], sideBySide: 2, concurrency: 27 })
    expect(shape(90, 41)).toEqual({ sizes: [40, 40, 10], sideBySide: 2, concurrency: 20 })
    // Forty and two would be 22 at once.
    expect(shape(42, 41)).toEqual({ sizes: [21, 21], sideBySide: 2, concurrency: 20 })
  })

  it('are of whole turns where that saves one', () => {
    expect(shape(75, 25)).toEqual({ sizes: [25, 25, 25], sideBySide: 1, concurrency: 25 })
    expect(shape(100, 21)).toEqual({ sizes: [40, 40, 20], sideBySide: 1, concurrency: 21 })
  })

  it('take no more turns than parts that are full, or of whole turns, and are full where that is as good', () => {
    const inputs = [fc.integer({ min: 41, max: 400 }), fc.integer({ min: 1, max: 40 })] as const
    fc.assert(
      fc.property(...inputs, (count, concurrency) => {
        const turns = (sizes: number[]) => sizes.reduce((sum, size) => sum + Math.ceil(size / concurrency), 0)
        const partsOf = (size: number) =>
          Array.from({ length: Math.ceil(count / size) }, (_, index) => Math.min(size, count - index * size))
        const [full, whole] = [partsOf(40), partsOf(40 - (40 % concurrency))]
        const { sizes, sideBySide } = shape(count, concurrency)
        expect(sideBySide).toBe(1)
        expect(sizes).toEqual(turns(full) <= turns(whole) ? full : whole)
      }),
    )
  })

  it('hold every secret once, in order, and never rotate more at once than asked for', () => {
    const inputs = [fc.integer({ min: 41, max: 2_000 }), fc.integer({ min: 1, max: 1_000 })] as const
    fc.assert(
      fc.property(...inputs, (count, concurrency) => {
        const { parts = [], sideBySide = 0 } = splitWave(waveOf(count, concurrency)) ?? {}
        expect(parts.flatMap(({ secrets }) => secrets)).toEqual(named(count))
        expect(Math.max(...parts.map(({ secrets }) => secrets.length))).toBeLessThanOrEqual(
          MAX_SECRETS_PER_EXECUTION,
        )
        // The first parts are the largest.
        const atOnce = parts
          .slice(0, sideBySide)
          .map((part) => Math.min(part.concurrency, part.secrets.length))
        const most = atOnce.reduce((sum, each) => sum + each, 0)
        expect(most).toBeLessThanOrEqual(concurrency)
        expect(most).toBeGreaterThan(Math.min(count, concurrency) - sideBySide)
      }),
    )
  })
})

describe('what one execution holds, 3,000 operations and 256 KB a payload', () => {
  it('is fewer rotations where each may be looked at for longer', () => {
    expect(shape(40, 10, { timeoutSeconds: 900 }).sizes).toEqual([])
    const [most = 0] = shape(1_000, 10, { timeoutSeconds: 86_400 }).sizes
    expect(most).toBeGreaterThan(1)
    expect(most * (looksWithin(86_400) + 10)).toBeLessThan(3_000)
  })

  it.each([
    ['without hooks', 900, 0, 0],
    ['with so many hooks that forty are one too many', 900, 2, 12],
    ['with hooks of one kind', 900, 30, 0],
    ['of a day', 86_400, 1, 1],
    ['of a second', 1, 0, 0],
  ])(
    'is as many rotations as 2,600 operations hold, forty at most: %s',
    (_, timeoutSeconds, before, after) => {
      const hooks = (count: number) =>
        Array.from({ length: count }, () => ({ invoke: 'x', timeoutSeconds: 5 }))
      const rest = { timeoutSeconds, before: hooks(before), after: hooks(after) }
      const [most = 0] = shape(1_000, 1, rest).sizes
      const each = looksWithin(timeoutSeconds) + before + after + 10
      expect(most * each).toBeLessThanOrEqual(2_600)
      if (most < MAX_SECRETS_PER_EXECUTION) expect((most + 1) * each).toBeGreaterThan(2_600)
      expect(most).toBeLessThanOrEqual(MAX_SECRETS_PER_EXECUTION)
    },
  )

  it('is one rotation at least', () => {
    const before = Array.from({ length: 5_000 }, () => ({ invoke: 'x', timeoutSeconds: 5 }))
    expect(shape(3, 1, { before }).sizes).toEqual([1, 1, 1])
  })

  it.each([
    ['as many secrets as 500 executions hold', 20_000, 8, 500, 40],
    ['one more: parts of 25 executions each', 20_001, 8, 21, 1_000],
    ['one more, with the longest of names: parts of what 200 KB of names are', 20_001, 512, 56, 360],
    ['so many with such names that their parts must be larger', 300_000, 512, 500, 600],
  ])('is a part of a wave of %s', (_, count, length, parts, size) => {
    // One name is longer than all others: it is the one that counts.
    const secrets = [...Array.from({ length: count - 1 }, () => 'x'), 'x'.repeat(length)]
    const { sizes } = shape(0, 1, { secrets })
    expect([sizes.length, sizes[0]]).toEqual([parts, size])
  })

  it('is the names of its own secrets only', () => {
    const secrets = named(10_000)
    const when = { name: 'nightly', when: 'cron(0 3 * * ? *)', timezone: 'UTC' }
    const limits = { windowSeconds: 1_800, timeoutSeconds: 900, concurrency: 10 }
    const rest = { precision: 'minute', enabled: true, ignoreFreezes: [] } as const
    const schedule = { ...when, secrets, ...limits, ...rest, ignoreFreezes: [] }
    const { parts = [] } = splitWave(waveOf(10_000, 10, { schedule })) ?? {}
    expect(Math.max(...parts.map((part) => JSON.stringify(part).length))).toBeLessThan(2_000)
    expect(parts[0]?.schedule).toEqual({ ...schedule, secrets: [] })
  })

  it('is no more than 500 parts: a larger wave has parts that are parted again', () => {
    const { sizes, concurrency } = shape(100_000, 50)
    expect([sizes.length, sizes[0], concurrency]).toEqual([100, 1_000, 50])
    expect(shape(1_000, 50).sizes.every((size) => size <= MAX_SECRETS_PER_EXECUTION)).toBe(true)
    const long = Array.from({ length: 100_000 }, (_, index) => `${index}`.padStart(512, 'x'))
    const { parts = [] } = splitWave(waveOf(0, 50, { secrets: long })) ?? {}
    expect(parts.length).toBeLessThanOrEqual(500)
    expect(JSON.stringify(parts[0]).length).toBeLessThan(256 * 1_024)
  })
})
