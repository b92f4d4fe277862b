import type { Check } from '../check.ts'
import { living, runOf, type SecretFacts } from './facts.ts'

/** Source: API reference, DescribeSecret (fields without a value are absent) and CancelRotateSecret. */
export const rotationConfigured: Check<SecretFacts> = {
  name: 'rotation-configured',
  severity: 'broken',
  cause:
    'Tourbillon starts rotations; a rotation function, or the service that owns the secret, changes the password.',
  judge(facts) {
    const secret = living(facts)
    if (!secret || secret.OwningService) return secret && 'fine'
    if (!secret.RotationLambdaARN && !secret.ExternalSecretRotationRoleArn)
      return {
        symptom: 'no rotation function is attached',
        remedy: `attach one: aws secretsmanager rotate-secret --secret-id ${facts.secret} --rotation-lambda-arn ARN --no-rotate-immediately`,
      }
    // CancelRotateSecret sets it to false and keeps the function: AWS's own functions then refuse to run.
    if (secret.RotationEnabled === false)
      return {
        symptom:
          'a rotation function is attached, but rotation is switched off (as CancelRotateSecret leaves it)',
        remedy: `look for an AWSPENDING label that was left behind; then rotate once, which switches it on: ${runOf(facts, 'switch rotation on')}`,
        severity: 'risk',
        cause:
          'AWS’s own rotation functions refuse a secret that is not enabled for rotation. RotateSecret enables it again.',
      }
    return 'fine'
  },
}
