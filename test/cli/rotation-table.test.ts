import { describe, expect, it } from 'vitest'
import { explanations, milliseconds, rotationTable } from '../../src/cli/rotation-table.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { aClaim } from '../ledger/table.ts'

const rotation = (parts: Partial<Rotation>): Rotation => ({
  ...aClaim({ secret: 'prod/orders/db' }),
  status: 'SUCCEEDED',
  events: [],
  ...parts,
})

describe('outcomes for people', () => {
  it.each([
    [undefined, '–'],
    [0, '0 ms'],
    [12.4, '12 ms'],
    [-31, '-31 ms'],
    [999.6, '1.0 s'],
    [3_449, '3.4 s'],
    [59_960, '1 m 0 s'],
    [119_700, '2 m 0 s'],
    [125_000, '2 m 5 s'],
    [-61_000, '-1 m 1 s'],
  ])('%s ms is %s', (value, text) => {
    expect(milliseconds(value)).toBe(text)
  })

  it('have a colour only where the terminal has some', () => {
    const rows = [rotation({ status: 'FAILED' }), rotation({ status: 'CLAIMED' })]
    expect(rotationTable(rows, { color: false, columns: 200 })).not.toContain('\u001b')
    expect(rotationTable(rows, { color: true, columns: 200 })).toContain(' \u001b[31mFAILED\u001b[0m ')
    expect(rotationTable(rows, { color: true, columns: 200 })).toContain(' CLAIMED ')
  })

  it('stand in columns, colours or not', () => {
    const rows = [rotation({ skewMs: 5 }), rotation({ status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' })]
    const plain = rotationTable(rows, { color: false, columns: 200 })
    const colored = rotationTable(rows, { color: true, columns: 200 })
    const codes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
    expect(colored).not.toBe(plain)
    expect(colored.replaceAll(codes, '')).toBe(plain)
    const [header = '', ...lines] = plain.trimEnd().split('\n')
    for (const line of lines) expect(line.indexOf('prod/orders/db')).toBe(header.indexOf('SECRET'))
  })

  it('come with what to do where they went wrong', () => {
    const failed = rotation({ status: 'FAILED', reason: 'SECRET_NOT_FOUND', message: 'no secret' })
    expect(explanations([rotation({}), failed], ['--stage', 'prod'])).toBe(
      'prod/orders/db: no secret\n    hint: Correct the name in the config, or create the secret.\n',
    )
  })
})
