import type { Check } from '../check.ts'
import { liveSecret, type SecretFacts } from './facts.ts'

/** Source: API reference, DescribeSecret (fields without a value are absent) and CancelRotateSecret. */
export const rotationConfigured: Check<SecretFacts> = {
  name: 'rotation-configured',
  severity: 'broken',
  cause:
    'Tourbillon starts rotations; a rotation function, or the service that owns the secret, changes the password.',
  check(facts) {
    const secret = liveSecret(facts)
    if (!secret || secret.OwningService) return secret && 'fine'
    if (!secret.RotationLambdaARN && !secret.ExternalSecretRotationRoleArn)
      return {
        symptom: 'no rotation function is attached',
        remedy: `attach one: aws secretsmanager rotate-secret --secret-id ${facts.secret} --rotation-lambda-arn ARN --no-rotate-immediately`,
      }
    // CancelRotateSecret sets it to false and keeps the function. We do not rotate it then: decision 0084.
    if (secret.RotationEnabled === false)
      return {
        symptom:
          'a rotation function is attached, but rotation is switched off (as CancelRotateSecret leaves it)',
        remedy: `ask its owner, and look for an AWSPENDING label that was left behind; then switch it on, which rotates it now: aws secretsmanager rotate-secret --secret-id ${facts.secret}`,
        cause:
          'Somebody has switched it off, and RotateSecret would switch it on again: each rotation is ROTATION_SWITCHED_OFF.',
      }
    return 'fine'
  },
}
