import { z } from 'zod'
import { DAY } from '../../../model/time.ts'
import { action, SecretId, seconds } from '../context.ts'
import { invalidParameter } from '../error.ts'
import { findSecret, liveSecret } from '../find.ts'
import { cancelRun } from '../secret.ts'

const Input = z.strictObject({
  SecretId,
  RecoveryWindowInDays: z.number().int().min(7).max(30).optional(),
  ForceDeleteWithoutRecovery: z.boolean().optional(),
})

export const deleteSecret = action(Input, ({ state, environment }, input) => {
  if (input.ForceDeleteWithoutRecovery && input.RecoveryWindowInDays !== undefined) {
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
  }
  const now = environment.now()
  if (input.ForceDeleteWithoutRecovery) {
    const secret = findSecret(state, input.SecretId)
    cancelRun(secret)
    state.secrets.delete(secret.name)
    return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(now) }
  }
  const secret = liveSecret(state, input.SecretId)
  secret.deletedAt = now
  cancelRun(secret)
  const deletion = now + (input.RecoveryWindowInDays ?? 30) * DAY
  return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(deletion) }
})

/** Takes a deletion back that is scheduled. */
export const restoreSecret = action(z.strictObject({ SecretId }), ({ state }, input) => {
  const secret = findSecret(state, input.SecretId)
  delete secret.deletedAt
  return { ARN: secret.arn, Name: secret.name }
})
