import type { Check } from '../check.ts'
import { configurationOf, type FunctionFacts } from './facts.ts'

/** Source: Lambda API reference, FunctionConfiguration (State, LastUpdateStatus); Developer Guide, reserved concurrency. */
export const functionEnabled: Check<FunctionFacts> = {
  name: 'function-enabled',
  severity: 'broken',
  cause: 'Lambda refuses to run it, so every step of every rotation fails.',
  check(facts) {
    const found = configurationOf(facts)
    if (!found) return undefined
    if (found.State === 'Failed' || found.LastUpdateStatus === 'Failed') {
      const why = found.StateReason ?? found.LastUpdateStatusReason ?? 'Lambda gives no reason'
      return { symptom: `in state Failed: ${why}`, remedy: 'mend that, and update the function' }
    }
    if (found.State === 'Inactive')
      return {
        symptom: 'in state Inactive: Lambda has taken back its idle network interfaces',
        remedy: 'invoke it once well before the next occurrence: that makes it active again',
        severity: 'risk',
        cause: 'The first invocation of an inactive function fails; Secrets Manager then has to try again.',
      }
    if ('unknown' in facts.reserved) return facts.reserved
    if (facts.reserved.found === 0)
      return {
        symptom: 'its reserved concurrency is 0: somebody has switched it off',
        remedy: 'aws lambda delete-function-concurrency --function-name NAME, once it is clear why',
      }
    return 'fine'
  },
}
