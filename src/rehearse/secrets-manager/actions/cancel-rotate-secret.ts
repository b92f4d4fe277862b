import { z } from 'zod'
import { action, SecretId } from '../context.ts'
import { invalidRequest } from '../error.ts'
import { liveSecret } from '../find.ts'
import { cancelRun, pendingVersionId } from '../secret.ts'

/** Switches rotation off and stops the steps; AWSPENDING stays where it is (docs/aws-facts.md). */
export const cancelRotateSecret = action(z.strictObject({ SecretId }), ({ state }, input) => {
  const secret = liveSecret(state, input.SecretId)
  if (secret.owningService) {
    throw invalidRequest(
      `The secret is managed by ${secret.owningService}: you must use that service to update it.`,
    )
  }
  secret.rotationEnabled = false
  cancelRun(secret)
  const VersionId = pendingVersionId(secret)
  return { ARN: secret.arn, Name: secret.name, ...(VersionId ? { VersionId } : {}) }
})
