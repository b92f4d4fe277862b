import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../src/config/duration.ts'

describe('a duration', () => {
  it.each([
    ['45s', 45],
    ['30m', 1_800],
    ['1h30m', 5_400],
    ['2d', 172_800],
    ['1d2h3m4s', 93_784],
    ['90m', 5_400],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  it.each([
    '',
    '0s',
    '0m',
    '30',
    'm',
    '1.5h',
    '-1m',
    '30 m',
    '30M',
    '5m1h',
    '1m1m',
    '1w',
    '٣m',
    `${'9'.repeat(30)}s`,
  ])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('is the sum of its parts', () => {
    const part = fc.nat(500)
    fc.assert(
      fc.property(part, part, part, part, (d, h, m, s) => {
        const total = ((d * 24 + h) * 60 + m) * 60 + s
        expect(parseDuration(`${d}d${h}h${m}m${s}s`)).toBe(total === 0 ? undefined : total)
      }),
      { seed: 3 },
    )
  })
})
