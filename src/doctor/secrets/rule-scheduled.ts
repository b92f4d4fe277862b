import type { Check } from '../check.ts'
import { backstopLine } from './backstop.ts'
import { rotatingSecret, type SecretFacts } from './facts.ts'

/**
 * Source: AWS Config Developer Guide, secretsmanager-rotation-enabled-check; Security Hub User Guide,
 * secretsmanager-controls. What they say of a function without rules is a conclusion from their words.
 */
export const ruleScheduled: Check<SecretFacts> = {
  name: 'rule-scheduled',
  severity: 'note',
  cause:
    'AWS Config (SECRETSMANAGER_ROTATION_ENABLED_CHECK) and Security Hub (SecretsManager.1) ask for a schedule of Secrets Manager’s own, whoever rotates. A backstop is one; where they have a maximum, it must be no longer: node_modules/aws-tourbillon/docs/compliance.md',
  check(facts) {
    const secret = rotatingSecret(facts)
    if (!secret) return undefined
    const { AutomaticallyAfterDays, ScheduleExpression } = secret.RotationRules ?? {}
    if (AutomaticallyAfterDays !== undefined || ScheduleExpression !== undefined) return 'fine'
    return {
      symptom: 'it has no rotation rules: most likely non-compliant (no live answer was seen)',
      remedy: `a backstop: ${backstopLine(facts)}`,
    }
  },
}
