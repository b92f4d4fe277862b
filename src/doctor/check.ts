/**
 * `broken`: the next rotation it concerns will not happen, or fail. `risk`: it may, or nobody would hear of it. `note`:
 * nothing fails; others may ask.
 */
export type Severity = 'broken' | 'risk' | 'note'

/** Something is wrong. `severity` and `cause` where they differ from the check's own. */
type Problem = { symptom: string; remedy: string; severity?: Severity; cause?: string }

/** `unknown`: why it could not be told. Undefined: the check does not apply, or another one says it already. */
export type CheckResult = 'fine' | Problem | { unknown: string } | undefined

/** One thing to look at: pure, by the facts that were looked up about one subject. Decision 0075. */
export type Check<F> = {
  name: string
  severity: Severity
  /** Why it matters, for a person who has never met it. */
  cause: string
  check(facts: F): CheckResult
}

export type FailedCheck = {
  check: string
  severity: Severity
  subject: string
  symptom: string
  cause: string
  remedy: string
}

/** `why`: the call that was not answered, and with what. */
export type Unchecked = { check: string; subject: string; why: string }

/** What a stage's examination has come to: `doctor --json` says it as it is. Notes are no findings. */
export type Diagnosis = {
  fine: number
  findings: FailedCheck[]
  notes: FailedCheck[]
  unseen: Unchecked[]
}

/** Every check's result for one subject, added to `diagnosis`. */
export function runChecks<F>(checks: Check<F>[], subject: string, facts: F, diagnosis: Diagnosis): void {
  for (const { name, severity, cause, check } of checks) {
    const result = check(facts)
    if (result === undefined) continue
    if (result === 'fine') diagnosis.fine++
    else if ('unknown' in result) diagnosis.unseen.push({ check: name, subject, why: result.unknown })
    else {
      const failed = { check: name, subject, severity, cause, ...result }
      diagnosis[failed.severity === 'note' ? 'notes' : 'findings'].push(failed)
    }
  }
}
