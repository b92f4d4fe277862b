import { z } from 'zod'
import { action, SecretId } from '../context.ts'
import { findSecret } from '../find.ts'

export const restoreSecret = action(z.strictObject({ SecretId }), ({ state }, input) => {
  const secret = findSecret(state, input.SecretId)
  delete secret.deletedAt
  return { ARN: secret.arn, Name: secret.name }
})
