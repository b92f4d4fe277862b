import { z } from 'zod'
import { action, SecretId, Token } from '../context.ts'
import { AwsError, invalidRequest } from '../error.ts'
import { liveSecret } from '../find.ts'
import { abandonRotation, putLabel } from '../labels.ts'
import { labelsOf, pendingVersionId } from '../secret.ts'

const Input = z.strictObject({
  SecretId,
  ClientRequestToken: Token,
  SecretString: z.string().max(65_536).optional(),
  SecretBinary: z.string().optional(),
  VersionStages: z.array(z.string().min(1).max(256)).min(1).max(20).optional(),
  RotationToken: z.string().min(36).max(256).optional(),
})

/**
 * A version never changes its value; the same token with the same value is the same request. The version that a
 * rotation created empty takes one. Source: API reference, PutSecretValue.
 */
export const putSecretValue = action(Input, ({ state, environment }, input) => {
  const secret = liveSecret(state, input.SecretId)
  if (secret.owningService) {
    throw invalidRequest(
      `The secret is managed by ${secret.owningService}: you must use that service to update it.`,
    )
  }
  const value =
    input.SecretString !== undefined
      ? { SecretString: input.SecretString }
      : input.SecretBinary !== undefined && { SecretBinary: input.SecretBinary }
  if (!value) {
    throw invalidRequest('You must provide either SecretString or SecretBinary.')
  }
  const id = input.ClientRequestToken
  const existing = secret.versions.get(id)
  if (existing?.value && JSON.stringify(existing.value) !== JSON.stringify(value)) {
    throw new AwsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    )
  }
  const now = environment.now()
  const stages = input.VersionStages ?? ['AWSCURRENT']
  const pending = pendingVersionId(secret)
  if (pending !== undefined && pending !== id && stages.includes('AWSCURRENT')) {
    abandonRotation(state, secret, pending, now)
  }
  if (existing) existing.value = value
  else secret.versions.set(id, { id, createdAt: now, value })
  secret.lastChangedAt = now
  for (const label of secret.labels.size === 0 ? ['AWSCURRENT'] : stages)
    putLabel(state, secret, label, id, now)
  return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: labelsOf(secret, id) }
})
