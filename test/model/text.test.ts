import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atDoor, harmless, MOST_TEXT, oneLine, says } from '../../src/model/text.ts'
import { tries } from '../deep.ts'

describe('text of others', () => {
  it.each([
    ['CHG-1234', 'CHG-1234'],
    ['l’été – 毎週日曜 👩‍💻 שלום', 'l’été – 毎週日曜 👩‍💻 שלום'],
    ['one\n\nSUCCEEDED: all is well', 'one SUCCEEDED: all is well'],
    ['one\r\n  two\tthree', 'one two three'],
    ['one\u2028two\u2029three\u0085four\u000bfive', 'one two three four five'],
    ['\u001b[2J\u001b]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
    ['\u009b31m', '\\u009b31m'],
    ['ab\u202egpj.exe', 'ab\\u202egpj.exe'],
    ['\u2066x\u2069\u200f', '\\u2066x\\u2069\\u200f'],
    ['\u0000\u007f', '\\u0000\\u007f'],
  ])('%j on one line', (text, expected) => {
    expect(oneLine(text)).toBe(expected)
    expect(oneLine(expected)).toBe(expected)
  })

  it('keeps lines where they may stand', () => {
    expect(harmless('one\n\ttwo\r')).toBe('one\n\ttwo\\u000d')
  })

  it('is cut at the door, and says so', () => {
    const text = atDoor('x'.repeat(500_000))
    expect(text).toHaveLength(MOST_TEXT)
    expect(text).toMatch(/x … \(cut: 500000 characters\)$/)
    expect(atDoor('x'.repeat(MOST_TEXT))).toBe('x'.repeat(MOST_TEXT))
  })

  it.each([
    ['', ' ', '\t\n', '\u00a0\u3000', '\u200b\u2060\ufeff', '\u3164', '\uffa0\u115f', '--', '…', '\u0000'],
  ])('that nobody can see says nothing: %j', (...texts) => {
    expect(texts.filter(says)).toEqual([])
    expect(['x', '7', '毎週', 'שלום', '\u3164CHG'].filter((text) => !says(text))).toEqual([])
  })

  it('is text, whatever came', () => {
    expect([atDoor({ a: 1 }), atDoor(null), atDoor(undefined), atDoor(7)]).toEqual([
      '{"a":1}',
      'null',
      'undefined',
      '7',
    ])
  })

  it('never grows, acts, or breaks a pair; taking it in again changes nothing', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({
        unit: fc.constantFrom('\u001b', '\n', '\u202e', 'a', '😀', '\ud83d', ' '),
        maxLength: 300,
      }),
    )
    fc.assert(
      fc.property(text, (whole) => {
        const once = atDoor(whole, 100)
        expect(once.length).toBeLessThanOrEqual(100)
        expect(once.isWellFormed()).toBe(true)
        expect(oneLine(once)).toBe(once)
        expect(once).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
        expect(atDoor(once, 100)).toBe(once)
      }),
      { numRuns: tries(2_000) },
    )
  })
})
