import { iso } from '../../model/time.ts'
import type { Check } from '../check.ts'
import type { SecretFacts } from './facts.ts'

export const secretExists: Check<SecretFacts> = {
  name: 'secret-exists',
  severity: 'broken',
  cause:
    'A config that names a secret which is not there rotates nothing: SECRET_NOT_FOUND or SECRET_DELETED each time.',
  check({ described, secret }) {
    if ('unknown' in described) return described
    if (!described.found)
      return {
        symptom: 'there is no secret of this name in its account and region',
        remedy: `correct the name or the place in the config, or create ${secret}; then deploy`,
      }
    const { DeletedDate } = described.found
    if (!DeletedDate) return 'fine'
    return {
      symptom: `scheduled for deletion since ${iso(DeletedDate)}`,
      remedy: `aws secretsmanager restore-secret --secret-id ${secret}, or take it out of the config`,
    }
  },
}
