import { hasBeenCurrent, versionWith } from '../../rotation/inspect.ts'
import type { Check } from '../check.ts'
import { liveSecret, runOf, type SecretFacts } from './facts.ts'

/** Source: API reference, RotateSecret: AWSPENDING on another version than AWSCURRENT makes a later call fail. */
export const pendingStuck: Check<SecretFacts> = {
  name: 'pending-stuck',
  severity: 'broken',
  cause:
    'AWSPENDING on a version that is not AWSCURRENT is a rotation that began and did not end: Secrets Manager attempts that version again and starts no other. It may hold the only copy of the live password.',
  check(facts) {
    const secret = liveSecret(facts)
    if (!secret) return undefined
    const pending = versionWith(secret, 'AWSPENDING')
    if (pending === undefined || pending === versionWith(secret, 'AWSCURRENT')) return 'fine'
    if ('unknown' in facts.underWay) return facts.underWay
    if (facts.underWay.found) return 'fine'
    // The ledger may know of older ones: the rotation asks it (decision 0083).
    if (hasBeenCurrent(secret, pending))
      return {
        symptom: `version ${pending} is AWSPENDING, and it was AWSCURRENT before: somebody has changed the labels or the value by hand`,
        remedy: `see who did (CloudTrail), and that the current version can log in; then tourbillon unstick ${facts.secret}`,
        cause:
          'Secrets Manager attempts a pending version again, and this old value would come back over the newer one: each rotation is OLD_VERSION_PENDING.',
      }
    return {
      symptom: `version ${pending} is AWSPENDING, and no rotation of ours is under way`,
      remedy: `find out in the rotation function’s log how far it came, and mend that; ${runOf(facts, 'attempt it again')}. Only where the database still takes AWSCURRENT: tourbillon unstick ${facts.secret}`,
    }
  },
}
