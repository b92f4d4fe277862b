import { z } from 'zod'
import { action } from '../../input.ts'
import { type Context, SecretId, Tags } from '../context.ts'
import { liveSecret } from '../find.ts'

const Input = z.strictObject({ SecretId, Tags })

export const tagResource = action<Context, typeof Input>(Input, ({ state }, input) => {
  const secret = liveSecret(state, input.SecretId)
  for (const tag of input.Tags) secret.tags.set(tag.Key, tag.Value)
  return {}
})
