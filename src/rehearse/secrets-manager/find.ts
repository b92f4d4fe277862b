import { AwsError, invalidRequest } from './error.ts'
import type { Secret, SecretsState } from './secret.ts'

/**
 * A secret by its name, its ARN, or its ARN without the hyphen and six random characters at the end.
 * Source: Secrets Manager API reference, `SecretId`.
 */
export function findSecret(state: SecretsState, id: string): Secret {
  const name = id.startsWith('arn:') ? id.slice(id.indexOf(':secret:') + ':secret:'.length) : id
  const suffix = '-abcdef'.length
  for (const secret of [state.secrets.get(name), state.secrets.get(name.slice(0, -suffix))]) {
    if (secret && [secret.name, secret.arn, secret.arn.slice(0, -suffix)].includes(id)) return secret
  }
  throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
}

/** As `findSecret`, and the secret must not be scheduled for deletion. */
export function liveSecret(state: SecretsState, id: string): Secret {
  const secret = findSecret(state, id)
  if (secret.deletedAt !== undefined) {
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
  }
  return secret
}
