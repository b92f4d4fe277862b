/** `broken`: the next rotation it concerns will not happen, or fail. `risk`: it may, or nobody would hear of it. */
export type Severity = 'broken' | 'risk'

/** Something is wrong. `severity` and `cause` where they differ from the check's own. */
export type Wrong = { symptom: string; remedy: string; severity?: Severity; cause?: string }

/** Undefined: the check does not apply, or another one says it already. */
export type Opinion = 'fine' | Wrong | { unseen: string } | undefined

/** One thing to look at: a pure judgement over what was looked up about one subject. */
export type Check<F> = {
  name: string
  severity: Severity
  /** Why it matters, for a person who has never met it. */
  cause: string
  judge(facts: F): Opinion
}

export type Finding = {
  check: string
  severity: Severity
  subject: string
  symptom: string
  cause: string
  remedy: string
}

/** `why`: the call that was not answered, and with what. */
export type Unseen = { check: string; subject: string; why: string }

/** What a stage's examination has come to. */
export type Diagnosis = { fine: number; findings: Finding[]; unseen: Unseen[] }

/** Every check's judgement over one subject, added to `diagnosis`. */
export function examine<F>(checks: Check<F>[], subject: string, facts: F, diagnosis: Diagnosis): void {
  for (const { name: check, judge, ...own } of checks) {
    const opinion = judge(facts)
    if (opinion === undefined) continue
    if (opinion === 'fine') diagnosis.fine++
    else if ('unseen' in opinion) diagnosis.unseen.push({ check, subject, why: opinion.unseen })
    else diagnosis.findings.push({ check, subject, ...own, ...opinion })
  }
}
