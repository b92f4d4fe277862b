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
        80,
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
    columnsOf(
      [
        ['é', '|'],
        ['👩‍💻', '|'],
        ['ab', '|'],
      ],
      80,
    ),
  ).toEqual(['é   |', '👩‍💻  |', 'ab  |'])
  expect(cut('👩‍💻👩‍💻👩‍💻', 5)).toBe('👩‍💻👩‍💻…')
})

it('colours take no room', () => {
  expect(
    columnsOf(
      [
        [paint(31, 'no', { color: true }), '|'],
        ['fine', '|'],
      ],
      80,
    ),
  ).toEqual(['\u001b[31mno\u001b[0m    |', 'fine  |'])
})

it('a line that is cut keeps its colours', () => {
  const line = `  ${paint(31, 'FAILED', { color: true })} SECRET_NOT_FOUND  prod/orders/db`
  expect(cut(line, 24)).toBe('  \u001b[31mFAILED\u001b[0m SECRET_NOT_FOU…')
  expect(cut(line, 6)).toBe('  \u001b[31mFAI…\u001b[0m')
})

describe('a table on a narrow terminal', () => {
  const row = ['667fd988', '2026-11-27T23:54:34Z', 'prod/orders/db', 'FAILED SECRET_NOT_FOUND', 'nightly']
  const header = ['ID', 'SCHEDULED (UTC)', 'SECRET', 'STATUS', 'SCHEDULE']

  it('keeps every cell whole: what has no room stands beneath', () => {
    expect(
      table(header, [row, ['1', '2', 'a', 'SUCCEEDED', 'weekly']], 60),
    ).toBe(`ID        SCHEDULED (UTC)       SECRET
    STATUS                   SCHEDULE
667fd988  2026-11-27T23:54:34Z  prod/orders/db
    FAILED SECRET_NOT_FOUND  nightly
1         2                     a
    SUCCEEDED                weekly
`)
  })

  it('is one line a row where there is room, and where it is piped', () => {
    for (const columns of [85, Number.POSITIVE_INFINITY])
      expect(table(header, [row], columns).trimEnd().split('\n')).toHaveLength(2)
  })

  it('wraps what is wider than a line by itself', () => {
    expect(columnsOf([['id', 'a reason of many words, which goes on and on and on']], 30)).toEqual([
      'id',
      '    a reason of many words,',
      '    which goes on and on and',
      '    on',
    ])
  })
})

it('a command in a text stays in one piece', () => {
  expect(indented('see `npx aws-tourbillon show --stage prod 1`; then go on', 2, 30)).toEqual([
    '  see',
    '  `npx aws-tourbillon show --stage prod 1`;',
    '  then go on',
  ])
})

it('a text stands beside its label', () => {
  expect(
    labelled('why   ', 'the account has no room for more of them', 26, (it) => it.toUpperCase()),
  ).toEqual(['why   THE ACCOUNT HAS NO', '      ROOM FOR MORE OF', '      THEM'])
})
