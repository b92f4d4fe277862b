import { z } from 'zod'
import { DAY } from '../../../model/time.ts'
import { AwsError } from '../../error.ts'
import { action } from '../../input.ts'
import { type Context, SecretId, seconds } from '../context.ts'
import { findSecret, liveSecret } from '../find.ts'
import { cancelRun } from '../secret.ts'

const Input = z.strictObject({
  SecretId,
  RecoveryWindowInDays: z.number().int().min(7).max(30).optional(),
  ForceDeleteWithoutRecovery: z.boolean().optional(),
})

export const deleteSecret = action<Context, typeof Input>(Input, ({ state, environment }, input) => {
  if (input.ForceDeleteWithoutRecovery && input.RecoveryWindowInDays !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
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
