import { AwsError } from './error.ts'
import { cancelRun, emit, type Secret, type SecretsState } from './secret.ts'

/**
 * Puts a staging label on a version. AWSCURRENT leaves AWSPREVIOUS behind on the version it was on.
 * Source: Secrets Manager API reference, UpdateSecretVersionStage.
 */
export function putLabel(state: SecretsState, secret: Secret, label: string, versionId: string, now: number) {
  const before = secret.labels.get(label)
  if (before === versionId) return
  if (new Set([...secret.labels.keys(), label]).size > 20) {
    throw new AwsError('LimitExceededException', 'A secret can have up to 20 staging labels.')
  }
  secret.labels.set(label, versionId)
  if (label === 'AWSCURRENT' && before !== undefined) secret.labels.set('AWSPREVIOUS', before)
  secret.lastChangedAt = now
  if (label === 'AWSPENDING' || label === 'AWSPREVIOUS') return
  emit(state, secret, { type: 'LabelUpdated', at: now, versionId, label })
}

/**
 * A new value that no rotation put ends the rotation under way: AWSPENDING goes.
 * Source: Secrets Manager User Guide, CloudTrail entries (`RotationAbandoned`).
 */
export function abandonRotation(state: SecretsState, secret: Secret, versionId: string, now: number) {
  secret.labels.delete('AWSPENDING')
  cancelRun(secret)
  emit(state, secret, { type: 'RotationAbandoned', at: now, versionId })
}
