import { z } from 'zod'
import { AwsError } from '../../error.ts'
import { action } from '../../input.ts'
import { type Context, SecretId } from '../context.ts'
import { liveSecret } from '../find.ts'
import { cancelRun, pendingVersionId } from '../secret.ts'

const Input = z.strictObject({ SecretId })

/** Switches rotation off and stops the steps; AWSPENDING stays where it is (docs/aws-facts.md). */
export const cancelRotateSecret = action<Context, typeof Input>(Input, ({ state }, input) => {
  const secret = liveSecret(state, input.SecretId)
  if (secret.owningService) {
    throw new AwsError(
      'InvalidRequestException',
      `The secret is managed by ${secret.owningService}: you must use that service to update it.`,
    )
  }
  secret.rotationEnabled = false
  cancelRun(secret)
  const VersionId = pendingVersionId(secret)
  return { ARN: secret.arn, Name: secret.name, ...(VersionId ? { VersionId } : {}) }
})
