import { z } from 'zod'
import { action } from '../../input.ts'
import { type Context, SecretId } from '../context.ts'
import { findSecret } from '../find.ts'

const Input = z.strictObject({ SecretId })

export const restoreSecret = action<Context, typeof Input>(Input, ({ state }, input) => {
  const secret = findSecret(state, input.SecretId)
  delete secret.deletedAt
  return { ARN: secret.arn, Name: secret.name }
})
