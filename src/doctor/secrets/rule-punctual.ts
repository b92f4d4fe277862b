import { iso } from '../../model/time.ts'
import type { Check } from '../check.ts'
import { rotatingSecret, runOf, type SecretFacts } from './facts.ts'

/**
 * Source: AWS Config Developer Guide, secretsmanager-scheduled-rotation-success-check; Security Hub User Guide,
 * secretsmanager-controls; API reference, DescribeSecret (NextRotationDate stays in the past after a failure).
 */
export const rulePunctual: Check<SecretFacts> = {
  name: 'rule-punctual',
  severity: 'note',
  cause:
    'AWS Config (SECRETSMANAGER_SCHEDULED_ROTATION_SUCCESS_CHECK) and Security Hub (SecretsManager.2) go by Secrets Manager’s own next date, and answer up to 2 days late.',
  check(facts) {
    const date = rotatingSecret(facts)?.NextRotationDate
    if (!date) return undefined
    if (new Date(date).getTime() >= facts.now) return 'fine'
    return {
      symptom: `non-compliant: Secrets Manager’s own date, ${iso(date)}, has passed without a rotation`,
      remedy: `a rotation moves that date on: ${runOf(facts, 'its native date has passed')}`,
    }
  },
}
