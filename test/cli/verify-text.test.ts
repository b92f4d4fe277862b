import { expect, it } from 'vitest'
import { verify } from '../../src/cli/verify.ts'
import { announcement, factsTable } from '../../src/cli/verify-text.ts'
import { FACT_NAMES, FACTS } from '../../src/model/facts.ts'

const long = 'a text of many words '.repeat(8).trim()
const findings = FACT_NAMES.map((name) => ({
  ...{ name, ...FACTS[name], verdict: 'DIFFERS' as const, message: long, remedy: long, why: long },
}))
const place = { account: '123456789012', region: 'ap-southeast-2', stage: 'prod', minutes: 10 }
const arn = 'arn:aws:sts::123456789012:assumed-role/Admin/me'

it.each([
  ['its help', verify.help],
  ['what it says before', announcement({ ...place, arn, stack: 'verify-tourbillon-abcdefgh' })],
  ['what it saw', factsTable(findings, Number.POSITIVE_INFINITY)],
])('%s fits a terminal of 80 columns', (_, text) => {
  expect(text.split('\n').filter(({ length }) => length > 80)).toEqual([])
})

it('puts what was seen beside what was expected, and counts', () => {
  const [first] = findings
  if (first === undefined) throw new Error('no facts')
  const { remedy: _, why: __, ...held } = { ...first, message: 'Soon.', verdict: 'HOLDS' as const }
  expect(factsTable([held], 80)).toBe(`HOLDS    delivery-delay
  seen     Soon.
  expected never early, and within 180 s
  code     The audit takes an occurrence for not delivered after that long, and
           starts it itself.

1 hold, 0 differ, 0 unknown
`)
})
