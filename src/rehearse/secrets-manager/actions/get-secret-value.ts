import { z } from 'zod'
import { DAY } from '../../../model/time.ts'
import { action, SecretId, seconds } from '../context.ts'
import { AwsError, invalidRequest } from '../error.ts'
import { liveSecret } from '../find.ts'
import { labelsOf } from '../secret.ts'

const Input = z.strictObject({
  SecretId,
  VersionId: z.string().min(32).max(64).optional(),
  VersionStage: z.string().min(1).max(256).optional(),
})

/** A version that holds no value yet is not found, label or not: rotation functions rely on it. */
export const getSecretValue = action(Input, ({ state, environment }, input) => {
  const secret = liveSecret(state, input.SecretId)
  const label = input.VersionStage ?? (input.VersionId === undefined ? 'AWSCURRENT' : undefined)
  const id = input.VersionId ?? secret.labels.get(label ?? '')
  const version = id === undefined ? undefined : secret.versions.get(id)
  if (version && label !== undefined && !labelsOf(secret, version.id).includes(label)) {
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.')
  }
  if (!version?.value) {
    const what = input.VersionId === undefined ? `staging label: ${label}` : `VersionId: ${input.VersionId}`
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    )
  }
  secret.lastAccessedAt = Math.floor(environment.now() / DAY) * DAY
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...version.value,
    VersionStages: labelsOf(secret, version.id),
    CreatedDate: seconds(version.createdAt),
  }
})
