import { commandFor } from '../model/pasteable.ts'
import { adviceOn } from '../model/reasons.ts'
import { oneLine } from '../model/text.ts'
import { CONCERNS, type Concern } from '../rotation/concerns.ts'
import type { Notable } from '../rotation/notification.ts'
import { type Chat, quoted } from './chat-text.ts'

/** Rotations that a text describes one by one: what follows is for `npx aws-tourbillon history`. */
export const MOST_DESCRIBED = 10

/** As many as one reads in passing. */
const MOST_IN_CHAT = 5

/** An outcome of AWS's own words can be long. */
const MOST_WORDS = 600

/**
 * What became of rotations: one part for each status and reason, which says what it means and what to do, then its
 * secrets. `occasion` adds which occurrence each was of.
 */
export function outcomesText(
  rotations: Notable[],
  stage: string,
  occasion: (rotation: Notable) => string | undefined = () => undefined,
): string {
  const groups = new Map<string, Notable[]>()
  for (const rotation of rotations.slice(0, MOST_DESCRIBED)) {
    const key = [rotation.status, rotation.reason ?? rotation.concerns?.join(', ')].filter(Boolean).join(' ')
    groups.set(key, [...(groups.get(key) ?? []), rotation])
  }
  return [...groups]
    .map(([outcome, members]) => {
      const { reason, concerns = [] } = members[0] ?? {}
      const [one, another] = members
      const secret = another === undefined ? one?.secretName : undefined
      const known = [adviceOn(reason, { stage, secret }), ...concerns.map((it) => CONCERNS[it as Concern])]
      const words = known.flatMap((it) => (it ? [`Why: ${it.meaning}`, `What to do: ${it.remedy}`] : []))
      return [outcome, ...words, ...members.map((it) => secretText(it, stage, occasion(it)))].join('\n')
    })
    .join('\n\n')
}

/** The same, shorter, as chats show it: a line each, and what to do. */
export function outcomesChat(rotations: Notable[], stage: string): Pick<Chat, 'lines' | 'nextSteps'> {
  const few = rotations.slice(0, MOST_IN_CHAT)
  const lines = few.flatMap((it) => {
    const { status, reason, concerns = [], secretName, message } = it
    const outcome = [status, reason, ...concerns].filter(Boolean).join(' ')
    const seen = message === undefined ? '' : `: ${shortened(quoted(message))}`
    return [`${outcome} ${quoted(secretName)}${seen}`, `The secret: ${changeText(it)}`]
  })
  const remedies = few.flatMap(({ reason, concerns = [], secretName }) => {
    const known = [
      adviceOn(reason, { stage, secret: secretName }),
      ...concerns.map((it) => CONCERNS[it as Concern]),
    ]
    return known.flatMap((it) => it?.remedy ?? [])
  })
  const shows = few.slice(0, 1).map(({ rotationId }) => `\`${commandFor(stage, 'show', rotationId)}\``)
  return { lines, nextSteps: [...new Set(remedies), ...shows] }
}

function secretText(rotation: Notable, stage: string, occasion: string | undefined): string {
  const { secretName, message, rotationId } = rotation
  return [
    '',
    `  ${secretName}${occasion === undefined ? '' : `, ${occasion}`}`,
    ...(message === undefined ? [] : [`  Seen: ${shortened(oneLine(message))}`]),
    `  The secret: ${changeText(rotation)}`,
    `  More: ${commandFor(stage, 'show', rotationId)}`,
  ].join('\n')
}

/** What everybody asks first: does the old password still work? Only what was observed. */
function changeText({ status, rotatedAt, versionId, startedAt }: Notable): string {
  if (rotatedAt !== undefined) return `has changed, at ${rotatedAt}`
  if (status === 'ROTATING') return 'is being rotated still'
  if (versionId !== undefined || startedAt !== undefined) {
    return 'no change was seen, but its rotation had started: the old value may no longer work'
  }
  return 'no change was seen'
}

function shortened(text: string): string {
  return text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)} …` : text
}
