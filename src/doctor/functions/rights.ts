import type { Check } from '../check.ts'
import { judgeRights } from './compare-rights.ts'
import { configured, type FunctionFacts } from './facts.ts'

/** Source: Secrets Manager User Guide, rotating-secrets-required-permissions-function. */
export const functionRights: Check<FunctionFacts> = {
  name: 'function-rights',
  severity: 'broken',
  cause:
    'The function reads the secret, writes the new version and moves its labels with its own role’s rights. (A policy on the secret could grant them too; the simulation sees the role only.)',
  judge(facts) {
    const role = configured(facts)?.Role
    if (role !== undefined && 'seen' in facts.rights && !facts.rights.seen)
      return { symptom: `there is no role ${role}`, remedy: 'make it again, or give the function another' }
    return judgeRights(facts, facts.rights, 'grant them to')
  },
}
