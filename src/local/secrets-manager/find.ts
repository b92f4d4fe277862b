import { AwsError } from '../error.ts'
import type { Secret, SecretsState } from './secret.ts'

/**
 * A secret by its name, its ARN, or its ARN without the hyphen and six random characters at the end.
 * Source: Secrets Manager API reference, `SecretId`.
 */
export function findSecret(state: SecretsState, id: string): Secret {
  const byName = state.secrets.get(id)
  if (byName) return byName
  for (const secret of state.secrets.values()) {
    if (secret.arn === id || secret.arn.slice(0, -'-abcdef'.length) === id) return secret
  }
  throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
}

/** As `findSecret`, and the secret must not be scheduled for deletion. */
export function liveSecret(state: SecretsState, id: string): Secret {
  const secret = findSecret(state, id)
  if (secret.deletedAt !== undefined) {
    throw new AwsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    )
  }
  return secret
}
