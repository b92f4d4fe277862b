import { judgeSecret } from '../../audit/judge-secret.ts'
import type { Check } from '../check.ts'
import { liveSecret, runOf, type SecretFacts } from './facts.ts'

/** By the audit's own rule. */
export const overdue: Check<SecretFacts> = {
  name: 'overdue',
  severity: 'risk',
  cause: 'It is older than the policy (maxAge) allows, whatever its schedule says.',
  check(facts) {
    const secret = liveSecret(facts)
    if (!secret || facts.maxAge === undefined) return undefined
    const found = judgeSecret(facts, { secret }, facts.now).find(({ kind }) => kind === 'OVERDUE')
    if (!found) return 'fine'
    return {
      symptom: found.message,
      remedy: `${runOf(facts, 'overdue')}; tourbillon history --stage ${facts.stage} --secret ${facts.secret} says why it did not rotate`,
    }
  },
}
