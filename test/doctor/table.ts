import { describe, expect, it } from 'vitest'
import type { Check, CheckResult } from '../../src/doctor/check.ts'

/** What a judgement should be: a finding's symptom, as its own severity if another is not said. */
type Expected =
  | 'fine'
  | 'says nothing'
  | { unknown: RegExp }
  | { wrong: RegExp; severity?: string; todo?: RegExp }

export type Case<F> = [check: string, when: string, facts: F, expected: Expected]

/** Runs the cases, and insists that every check has been made to pass and to fail. */
export function judges<F>(checks: Check<F>[], cases: Case<F>[]): void {
  it.each(cases)('%s: %s', (name, _when, facts, expected) => {
    const check = checks.find((it) => it.name === name)
    if (!check) throw new Error(`no check ${name}`)
    compare(check, check.check(facts), expected)
  })

  describe.each(checks)('$name', ({ name }) => {
    const own = cases.filter(([check]) => check === name)
    it('passes, and fails', () => {
      expect(own.some(([, , , expected]) => expected === 'fine')).toBe(true)
      expect(own.some(([, , , expected]) => typeof expected === 'object' && 'wrong' in expected)).toBe(true)
    })
  })
}

function compare<F>(check: Check<F>, result: CheckResult, expected: Expected): void {
  if (expected === 'fine') expect(result).toBe('fine')
  else if (expected === 'says nothing') expect(result).toBeUndefined()
  else if ('unknown' in expected) expect(result).toEqual({ unknown: expect.stringMatching(expected.unknown) })
  else
    expect({ severity: check.severity, ...(result as object) }).toMatchObject({
      symptom: expect.stringMatching(expected.wrong),
      severity: expected.severity ?? check.severity,
      remedy: expect.stringMatching(expected.todo ?? /\w+/),
    })
}
