import { inspect } from '../../rotation/inspect.ts'
import type { Check } from '../check.ts'
import { liveSecret, type SecretFacts } from './facts.ts'

export const secretPrimary: Check<SecretFacts> = {
  name: 'secret-primary',
  severity: 'broken',
  cause:
    'Secrets Manager rotates in the primary region only, and replicates from there: SECRET_IS_REPLICA here.',
  check(facts) {
    const secret = liveSecret(facts)
    if (!secret) return undefined
    if (inspect(secret)?.reason !== 'SECRET_IS_REPLICA') return 'fine'
    return {
      symptom: `a replica; its primary region is ${secret.PrimaryRegion}`,
      remedy: `name that region in its schedule (region: ${secret.PrimaryRegion}), and deploy`,
    }
  },
}
