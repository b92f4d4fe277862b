import { z } from 'zod'
import { action, SecretId, Tags } from '../context.ts'
import { liveSecret } from '../find.ts'

export const tagResource = action(z.strictObject({ SecretId, Tags }), ({ state }, input) => {
  const secret = liveSecret(state, input.SecretId)
  for (const tag of input.Tags) secret.tags.set(tag.Key, tag.Value)
  return {}
})
