import { DAY, iso } from '../../model/time.ts'
import { countedFrom, least } from '../../model/under-policy.ts'
import type { Check } from '../check.ts'
import { rotatingSecret, runOf, type SecretFacts } from './facts.ts'
import { days, intervalOf } from './native.ts'

/** What both ask for where nobody has set another number (maxDaysSinceRotation). */
const MOST_MS = 90 * DAY

/**
 * Source: AWS Config Developer Guide, secretsmanager-secret-periodic-rotation; Security Hub User Guide,
 * secretsmanager-controls. Neither says which date it reads, or what it says of a secret that has never rotated.
 */
export const rulePeriodic: Check<SecretFacts> = {
  name: 'rule-periodic',
  severity: 'note',
  cause:
    'AWS Config (SECRETSMANAGER_SECRET_PERIODIC_ROTATION) and Security Hub (SecretsManager.4) ask for a rotation in 90 days, or what your account has set. Which date they read is not documented: this goes by the last rotation, or the creation.',
  check(facts) {
    const secret = rotatingSecret(facts)
    if (!secret) return undefined
    const since = countedFrom(secret)
    if (since && facts.now - since.at > MOST_MS) {
      return {
        symptom: `most likely non-compliant: ${since.rotated ? 'last rotated' : 'created, and never rotated,'} at ${iso(since.at)}, more than 90 d ago`,
        remedy: runOf(facts, 'not rotated for more than 90 days'),
      }
    }
    const gap = least(facts.longestGapMs, intervalOf(secret.RotationRules))
    if (gap === undefined || gap <= MOST_MS) return 'fine'
    return {
      symptom: `non-compliant between two rotations, which are up to ${days(gap)} d apart`,
      remedy:
        'rotate it at least every 90 d, freezes included: `when: cron(0 3 1 * ? *)`, say, in its schedule, and `maxAge: 90d`',
    }
  },
}
