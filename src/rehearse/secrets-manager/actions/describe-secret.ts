import { z } from 'zod'
import { DAY } from '../../../model/time.ts'
import { action, SecretId, seconds } from '../context.ts'
import { findSecret } from '../find.ts'
import { labelsOf, type Secret } from '../secret.ts'

/** Works on a secret that is scheduled for deletion, too. Fields without a value are absent (docs/aws-facts.md). */
export const describeSecret = action(z.strictObject({ SecretId }), ({ state }, input) => {
  const secret = findSecret(state, input.SecretId)
  const stages: Record<string, string[]> = {}
  for (const id of secret.versions.keys()) {
    const labels = labelsOf(secret, id)
    if (labels.length > 0) stages[id] = labels
  }
  return { ...describe(secret), VersionIdsToStages: stages }
})

export function describe(secret: Secret) {
  const enabled = secret.rotationEnabled
  return {
    ARN: secret.arn,
    Name: secret.name,
    Type: secret.type,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: enabled,
    RotationLambdaARN: secret.rotationFunctionArn,
    RotationRules: secret.rotationRules,
    LastRotatedDate: enabled ? optionalSeconds(secret.lastRotatedAt) : undefined,
    NextRotationDate: optionalSeconds(secret.nextRotationAt ?? nextRotation(secret)),
    LastChangedDate: seconds(secret.lastChangedAt),
    LastAccessedDate: optionalSeconds(secret.lastAccessedAt),
    DeletedDate: optionalSeconds(secret.deletedAt),
    CreatedDate: seconds(secret.createdAt),
    Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    OwningService: secret.owningService,
    PrimaryRegion: secret.primaryRegion ?? (secret.owningService ? secret.arn.split(':')[3] : undefined),
  }
}

/** Only for an interval in days: cron rules are kept and shown, and never fire here (see decision 0030). */
function nextRotation(secret: Secret): number | undefined {
  const rules = secret.rotationRules
  const days =
    rules?.AutomaticallyAfterDays ??
    Number(/^rate\((\d+) days?\)$/.exec(rules?.ScheduleExpression ?? '')?.[1])
  if (!secret.rotationEnabled || !days) return undefined
  return (secret.lastRotatedAt ?? secret.createdAt) + days * DAY
}

const optionalSeconds = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))
