import { describe, expect, it } from 'vitest'
import { paint } from '../../src/cli/colors.ts'
import { columnsOf, cut, indented, labelled, table } from '../../src/cli/layout.ts'
import { fitted } from '../../src/cli/screen.ts'

describe('East Asian text takes two columns a character', () => {
  it('and lines up in a table', () => {
    expect(
      table(
        ['WHAT', 'BY', 'REASON'],
        [
          ['all', '山田@東京', '障害'],
          ['schedule/nightly', 'ana@desk', 'incident'],
        ],
      ),
    ).toBe(`WHAT              BY         REASON
all               山田@東京  障害
schedule/nightly  ana@desk   incident
`)
  })

  it('and is wrapped and cut where the line ends', () => {
    expect(indented('障害対応の 夜間作業を 止めます', 2, 26)).toEqual([
      '  障害対応の 夜間作業を',
      '  止めます',
    ])
    expect(cut('日本語のメモ', 7)).toBe('日本語…')
    expect(cut('日本語', 6)).toBe('日本語')
    expect(fitted('日本語のメモ\nshort', { columns: 6, rows: 2 })).toEqual(['日本…', 'short'])
  })
})

it('marks that combine and emoji count as they are shown', () => {
  expect(
    columnsOf([
      ['é', '|'],
      ['👩‍💻', '|'],
      ['ab', '|'],
    ]),
  ).toEqual(['é   |', '👩‍💻  |', 'ab  |'])
  expect(cut('👩‍💻👩‍💻👩‍💻', 5)).toBe('👩‍💻👩‍💻…')
})

it('colours take no room', () => {
  expect(
    columnsOf([
      [paint(31, 'no', { color: true }), '|'],
      ['fine', '|'],
    ]),
  ).toEqual(['\u001b[31mno\u001b[0m    |', 'fine  |'])
})

it('a line that is cut keeps its colours', () => {
  const line = `  ${paint(31, 'FAILED', { color: true })} SECRET_NOT_FOUND  prod/orders/db`
  expect(cut(line, 24)).toBe('  \u001b[31mFAILED\u001b[0m SECRET_NOT_FOU…')
  expect(cut(line, 6)).toBe('  \u001b[31mFAI…\u001b[0m')
})

it('a text stands beside its label', () => {
  expect(
    labelled('why   ', 'the account has no room for more of them', 26, (it) => it.toUpperCase()),
  ).toEqual(['why   THE ACCOUNT HAS NO', '      ROOM FOR MORE OF', '      THEM'])
})
