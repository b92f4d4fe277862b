import { expect, it } from 'vitest'
import { doctorText } from '../../src/cli/doctor-text.ts'
import type { FailedCheck } from '../../src/doctor/check.ts'

const who = {
  account: '000000000000',
  arn: 'arn:aws:iam::000000000000:user/mei',
  partition: 'aws',
  region: 'eu-west-1',
}
const config = { stage: 'prod', version: 'abc' }
const finding = (n: number, rest: Partial<FailedCheck> = {}): FailedCheck => ({
  ...{
    check: 'overdue',
    severity: 'risk',
    subject: `prod/${n}`,
    symptom: 'old',
    cause: 'because',
    remedy: 'mend',
  },
  ...rest,
})
const wide = { color: false, columns: 80 }

it('explains once what is wrong with many for one reason, and shows ten of them', () => {
  const findings = Array.from({ length: 14 }, (_, n) => finding(n))
  const text = doctorText(config, who, { fine: 1, findings, notes: [], unseen: [] }, wide)
  expect(text.match(/: old$/gm)).toHaveLength(10)
  expect(text).toContain('    … and 4 more (--json has all)\n    why   because\n    do    mend\n')
  expect(text).toMatch(/\n1 check fine, 14 findings, 0 could not be seen\n$/)
})

it('says what to do beside each where that differs, and keeps to the screen', () => {
  const remedy = 'a remedy of many words '.repeat(8).trim()
  const findings = [finding(1), finding(2, { remedy })]
  const text = doctorText(config, who, { fine: 0, findings, notes: [], unseen: [] }, wide)
  expect(text).toMatch(/prod\/1: old\n {4}do {4}mend\n {4}prod\/2: old\n {4}do {4}a remedy of/)
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
})

it('puts together what could not be seen for one reason', () => {
  const unseen = Array.from({ length: 12 }, (_, n) => ({
    check: 'c',
    subject: `s${n}`,
    why: 'a:B: not allowed',
  }))
  const text = doctorText(config, who, { fine: 0, findings: [], notes: [], unseen }, wide)
  expect(text).toMatch(/ {2}c of s0, .*s9 and 2 more: a:B:\s+not allowed\n\n0 checks fine/)
})

it('colours the worst red, on a terminal only', () => {
  const findings = [finding(1, { severity: 'broken' })]
  const text = doctorText(
    config,
    who,
    { fine: 0, findings, notes: [], unseen: [] },
    { color: true, columns: 80 },
  )
  expect(text).toContain('\u001b[31mBROKEN: the next rotation fails, or does not happen\u001b[0m')
})

it('has notes last, which are no findings', () => {
  const notes = [finding(1, { severity: 'note', check: 'rule-scheduled' })]
  const text = doctorText(config, who, { fine: 2, findings: [finding(2)], notes, unseen: [] }, wide)
  expect(text).toMatch(
    /AT RISK: [\s\S]*\nNOTES: nothing fails[^\n]*\n\n {2}rule-scheduled\n {4}prod\/1: old\n/,
  )
  expect(text).toMatch(/\n2 checks fine, 1 finding, 1 note, 0 could not be seen\n$/)
})
