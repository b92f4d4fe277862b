import { z } from 'zod'
import { CONSUMER_KINDS, CONSUMERS, type ConsumerKind } from '../model/consumers.ts'
import { secret, withHint } from './values.ts'

/** The shape of one of `consumers:`, who uses secrets and how each takes a new value. */

function target(kind: ConsumerKind) {
  const { form, what, not, example, hint } = CONSUMERS[kind]
  return z
    .string()
    .meta({ description: what, examples: [example], pattern: form.source })
    .refine((text) => form.test(text), {
      error: ({ input }) => `"${String(input)}" ${not}`,
      ...withHint(hint),
    })
    .optional()
}

export const consumer = z
  .strictObject({
    ecs: target('ecs'),
    ssm: target('ssm'),
    invoke: target('invoke'),
    observe: target('observe'),
    secrets: z
      .array(secret)
      .min(1, 'at least one secret is expected')
      .meta({
        description: 'a list of those of the schedule’s secrets that it uses; default: all',
        examples: [['prod/orders/db']],
      })
      .optional(),
  })
  .check(({ value, issues }) => {
    const kinds = CONSUMER_KINDS.filter((kind) => value[kind] !== undefined)
    // A kind that is misspelt is told by itself.
    if (kinds.length === 1 || issues.length > 0) return
    const [message, hint] =
      kinds.length === 0
        ? [
            'names no consumer',
            `name one: { ecs: cluster/service }; known here: ${CONSUMER_KINDS.join(', ')}`,
          ]
        : ['names more than one consumer', 'give each an entry of its own']
    issues.push({ code: 'custom', input: value, message, ...withHint(hint) })
  })
  .meta({ description: 'a consumer: { ecs, ssm, invoke or observe, and secrets }' })
