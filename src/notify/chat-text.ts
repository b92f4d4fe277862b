import { oneLine } from '../model/text.ts'
import type { Origin } from './message.ts'

/**
 * Characters and entries at most. None is documented but that of SNS for all of it: these are what Slack shows of a
 * section, and what people read.
 */
export const CHAT_LIMITS = { title: 250, description: 3_000, entries: 10, entry: 600, context: 500 } as const

/** A text as chats show it. What others wrote comes through `quoted`; commands stand between backticks. */
export type Chat = {
  title: string
  lines: string[]
  /** What to do, the first first. */
  nextSteps: string[]
  /** Whose owner and runbook. */
  schedules: string[]
  /** What belongs together: an occurrence's notices, request, and end. */
  thread: string
  eventType: string
  secrets?: string[]
  /** For buttons: what they are about. */
  context?: Record<string, string | undefined>
}

/** What others wrote, as a word of ours: no code span begins or ends in it. */
export function quoted(text: string): string {
  return oneLine(text).replaceAll('`', '’')
}

/**
 * A custom notification of Amazon Q Developer in chat applications, which shows it in Slack and Microsoft Teams. Nothing
 * of it is markup but code spans.
 * Source: Amazon Q Developer in chat applications, Administrator Guide, custom-notifs ("Event schema").
 */
export function chatText(chat: Chat, { stage, schedules = [] }: Origin): string {
  const { title, lines, nextSteps, thread, eventType, secrets = [], context = {} } = chat
  const about = schedules.filter(({ name }) => chat.schedules.includes(name))
  const steps = [
    ...nextSteps,
    ...new Set(
      about.flatMap(({ owner, runbook }) => [
        ...(owner === undefined ? [] : [`Ask ${quoted(owner)}`]),
        ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
      ]),
    ),
  ]
  const { entry, entries } = CHAT_LIMITS
  const list = (texts: string[]) =>
    [...new Set(texts)]
      .filter((text) => text !== '')
      .slice(0, entries)
      .map((text) => cut(withoutMarkup(text), entry))
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: cut(withoutMarkup(`[${stage}] ${title}`), CHAT_LIMITS.title),
      description: cut(withoutMarkup(lines.join('\n')), CHAT_LIMITS.description),
      ...(steps.length > 0 && { nextSteps: list(steps) }),
      keywords: list([stage, ...new Set(chat.schedules)]),
    },
    metadata: {
      threadId: cut(`tourbillon-${stage}-${thread}`.replaceAll(/[^\w.-]+/g, '-'), CHAT_LIMITS.title),
      summary: cut(withoutMarkup(title), CHAT_LIMITS.title),
      eventType,
      ...(secrets.length > 0 && { relatedResources: list(secrets.map(quoted)) }),
      additionalContext: Object.fromEntries(
        Object.entries({ ...context, stage }).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, cut(value, CHAT_LIMITS.context)]],
        ),
      ),
    },
  })
}

/**
 * Outside of code: no mention (`<!here>`, `@here`), no link with words of its own. Source: Slack's reference, "Formatting
 * text for app surfaces"; the guide above, "Custom notification content guidelines", for `@`.
 */
function withoutMarkup(text: string): string {
  return text
    .split('`')
    .map((part, index) => {
      const named = part.replaceAll('<', '‹').replaceAll('>', '›')
      return index % 2 === 1 ? named : named.replaceAll('@', '@\u2060').replaceAll('](', '] (')
    })
    .join('`')
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const short = text.slice(0, most - 2).replace(/[\ud800-\udbff]$/, '')
  // A code span that is cut ends, too.
  return short.split('`').length % 2 === 0 ? `${short.slice(0, -1)}\`…` : `${short}…`
}
