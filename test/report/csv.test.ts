import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { CSV_HEADER, csvOf, csvOfLine, csvOfSecret } from '../../src/report/csv.ts'
import { aClaim } from '../ledger/table.ts'

const rotation = (parts: Partial<Rotation>): Rotation => ({
  ...{ ...aClaim({ secret: 'prod/db' }), status: 'SUCCEEDED', events: [] },
  ...parts,
})

/** What a reader of RFC 4180 makes of one line, by column. */
function read(line: string): Record<string, string> {
  expect(line.endsWith('\r\n')).toBe(true)
  const cells = [...`,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
  return Object.fromEntries(
    CSV_HEADER.trimEnd()
      .split(',')
      .map((name, column) => [name, cells[column] ?? '']),
  )
}

describe('CSV', () => {
  it('has the ledger’s figures as they are, and nothing for what was not observed', () => {
    const cells = read(csvOf(rotation({ skewMs: -31, durationMs: 3_400, late: true })))
    expect(cells).toMatchObject({
      skew_ms: '-31',
      duration_ms: '3400',
      late: 'true',
      reason: '',
      secret: 'prod/db',
    })
  })

  it.each(['a, b', 'say "no"', 'two\nlines', 'plain'])('keeps %j whole', (message) => {
    expect(read(csvOf(rotation({ message }))).message).toBe(message)
  })

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    ' =1+1',
    '\u00a0=1',
    '\ufeff=1',
    '\u200b+1',
    '＝1+1',
    '＠SUM(A1)',
  ])('lets no spreadsheet run %j', (requestReason) => {
    expect(read(csvOf(rotation({ requestReason }))).request_reason).toBe(`'${requestReason}`)
  })

  it('has a line for what was due without a record, and for a secret with nothing at all', () => {
    const at = Date.parse('2026-11-05T18:00:00Z')
    expect(read(csvOfLine({ unrecorded: { schedule: 'nightly', secretName: 'a', at } }))).toMatchObject({
      ...{ scheduled_at: '2026-11-05T18:00:00.000Z', secret: 'a', status: 'NO_RECORD', rotation_id: '' },
    })
    expect(read(csvOfSecret('b', ['nightly', 'weekly']))).toMatchObject({
      ...{ scheduled_at: '', schedule: 'nightly weekly', secret: 'b', status: 'NOTHING_DUE' },
    })
  })
})
