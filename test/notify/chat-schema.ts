import { z } from 'zod'
import { CHAT_LIMITS } from '../../src/notify/chat-text.ts'

const { title, description, entries, entry, context } = CHAT_LIMITS
const text = (most: number) => z.string().min(1).max(most)
const list = z.array(text(entry)).max(entries)

/**
 * What Amazon Q Developer in chat applications takes, with our own limits where it documents none.
 * Source: Administrator Guide, custom-notifs, "Event schema".
 */
export const CHAT = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  id: text(255).optional(),
  content: z.strictObject({
    textType: z.literal('client-markdown').optional(),
    title: text(title).optional(),
    description: text(description),
    nextSteps: list.optional(),
    keywords: list.optional(),
  }),
  metadata: z
    .strictObject({
      threadId: z.string().regex(/^[\w.-]{1,250}$/),
      summary: text(title),
      eventType: text(100),
      relatedResources: list.optional(),
      additionalContext: z.record(z.string().regex(/^\w+$/), z.string().max(context)),
    })
    .partial(),
})

/** Bytes of all forms of one message, as they are sent. Source: SNS API reference, Publish, Message. */
export const MOST_BYTES = 262_144
