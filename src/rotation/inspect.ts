import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import type { Refusal } from './reasons.ts'

type Secret = Pick<
  DescribeSecretCommandOutput,
  | 'ARN'
  | 'Name'
  | 'DeletedDate'
  | 'RotationLambdaARN'
  | 'OwningService'
  | 'PrimaryRegion'
  | 'VersionIdsToStages'
>

/** Can this secret be rotated here? Undefined: yes. Only fields with a value are returned: [bc DescribeSecret]. */
export function inspect(secret: Secret): Refusal | undefined {
  const name = `«${secret.Name ?? secret.ARN}»`
  if (secret.DeletedDate) {
    const date = new Date(secret.DeletedDate).toISOString()
    return { reason: 'SECRET_DELETED', message: `${name} is scheduled for deletion since ${date}` }
  }
  const region = secret.ARN?.split(':')[3]
  if (secret.PrimaryRegion && secret.PrimaryRegion !== region) {
    return {
      reason: 'SECRET_IS_REPLICA',
      message: `${name} in ${region} is a replica; its primary region is ${secret.PrimaryRegion}`,
    }
  }
  if (!secret.RotationLambdaARN && !secret.OwningService) {
    return { reason: 'ROTATION_NOT_CONFIGURED', message: `${name} has no rotation function` }
  }
  return undefined
}

/** The id of the version that carries a staging label, which at most one does. */
export function versionWith(secret: Secret, label: string): string | undefined {
  return Object.entries(secret.VersionIdsToStages ?? {}).find(([, labels]) => labels.includes(label))?.[0]
}

/**
 * Where a version stands. `current` also where it carries AWSPREVIOUS: it was AWSCURRENT, and a yet later version
 * has taken over. `absent` also where it carries no label: such a version is deprecated. AWSPENDING may stay beside AWSCURRENT after a success, or be gone. [bc RotateSecret]
 */
export function standingOf(secret: Secret, versionId: string): 'absent' | 'pending' | 'current' {
  const labels = secret.VersionIdsToStages?.[versionId]
  if (labels?.includes('AWSCURRENT') || labels?.includes('AWSPREVIOUS')) return 'current'
  return labels?.includes('AWSPENDING') ? 'pending' : 'absent'
}
