import { hasBeenCurrent, standingOf, versionWith } from './inspect.ts'
import type { Refusal } from './reasons.ts'
import type { Refused } from './refusal.ts'
import type { Seen } from './secrets.ts'
import type { World } from './world.ts'

export type Started = {
  versionId: string
  secretArn?: string | undefined
  previousVersionId?: string | undefined
  /** When RotateSecret was sent, as far as is known: absent where an earlier, interrupted try had sent it. */
  startedAt?: number
  /** The version is one that an earlier, unfinished rotation had left pending. */
  adopted?: boolean
  /** The version had been AWSCURRENT before the call: that it was so proves nothing. */
  wasCurrent?: boolean
  /** What is notable about it. */
  message?: string
  observedAt: number
}

/** What one process knows of what it has sent. */
export type Sendings = {
  /** When it last sent what may have had an effect, and got no answer. Epoch ms. */
  unanswered?: number
  /** What was AWSPENDING then, and not AWSCURRENT. */
  pending?: string | undefined
  /** The secret as it was before the first of them. */
  before?: Exclude<Seen, Refused>['secret']
}

/** After a call without an answer a version may be there and not be seen yet: looks, so long after one another. */
const DOUBT_MS = [1_000, 2_000, 4_000]

/** Our version is there. Once it is current, the previous one is the one labelled so. */
export function found(
  world: World,
  { secret }: Exclude<Seen, Refused>,
  versionId: string,
  startedAt: number | undefined,
): Started {
  const label = standingOf(secret, versionId) === 'current' ? 'AWSPREVIOUS' : 'AWSCURRENT'
  return {
    versionId,
    secretArn: secret.ARN,
    previousVersionId: versionWith(secret, label),
    ...(startedAt !== undefined && { startedAt }),
    observedAt: world.now(),
  }
}

/**
 * A version that this call has started, with what was there before it: before the first sending, where one of them got
 * no answer. What has become AWSCURRENT since that one is its doing.
 */
export function started(
  world: World,
  seen: Exclude<Seen, Refused>['secret'],
  { before = seen, unanswered }: Sendings,
  versionId: string,
  sentAt: number,
): Started {
  const wasCurrent = hasBeenCurrent(before, versionId)
  const isEarlier = !wasCurrent && hasBeenCurrent(seen, versionId)
  return {
    versionId,
    secretArn: before.ARN,
    previousVersionId: versionWith(before, 'AWSCURRENT'),
    startedAt: isEarlier ? (unanswered ?? sentAt) : sentAt,
    ...(wasCurrent && { wasCurrent }),
    observedAt: world.now(),
  }
}

/** The version of an earlier rotation that a call without an answer made AWS finish: AWSCURRENT has come to it since. */
export function finished(
  world: World,
  seen: Exclude<Seen, Refused>,
  { unanswered, pending }: Sendings,
): Started | undefined {
  if (pending === undefined || versionWith(seen.secret, 'AWSCURRENT') !== pending) return undefined
  return { ...found(world, seen, pending, unanswered), adopted: true }
}

/**
 * Nothing is sent any more. After a sending without an answer its version is looked for a few times more; where it is
 * not to be seen, that is said: `observe` and the audit record a late success (decision 0081).
 */
export async function noMore(
  world: World,
  { secret, rotationId }: { secret: string; rotationId: string },
  sendings: Sendings,
  refusal: Refusal,
): Promise<Started | { refusal: Refusal }> {
  const { unanswered } = sendings
  if (unanswered === undefined) return { refusal }
  for (const ms of DOUBT_MS) {
    await world.holdUntil(world.now() + ms)
    const seen = await world.secrets.describe(secret).catch(() => undefined)
    if (!seen || 'refusal' in seen) continue
    if (standingOf(seen.secret, rotationId) !== 'absent') return found(world, seen, rotationId, unanswered)
    const adopted = finished(world, seen, sendings)
    if (adopted) return adopted
  }
  const doubt = `The call sent at ${new Date(unanswered).toISOString()} got no answer: whether it started a rotation could not be seen`
  return { refusal: { ...refusal, message: `${refusal.message}. ${doubt}` } }
}
