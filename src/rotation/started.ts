import type { RefusedByAws } from '../aws/refusal.ts'
import type { Seen } from '../aws/secrets.ts'
import { CLOCKS_MS, VISIBLE_MS } from '../model/limits.ts'
import { secretPlaceOf } from '../model/place.ts'
import type { Refusal } from '../model/reasons.ts'
import { iso } from '../model/time.ts'
import { DEFAULT_TOLERANCES } from '../model/tolerances.ts'
import { hasBeenCurrent, versionState, versionWith } from './inspect.ts'
import type { Ports } from './ports.ts'
import { describeNewcomers, labelsOf, newcomers, type Open, type Sendings } from './sendings.ts'

export type Started = {
  versionId: string
  secretArn?: string | undefined
  previousVersionId?: string | undefined
  /** When RotateSecret was sent: absent where more than one sending may have had the effect, or a process that died. */
  startedAt?: number
  /** The version is one that an earlier, unfinished rotation had left pending. */
  adopted?: boolean
  /** The version had been AWSCURRENT before the call: that it was so proves nothing. */
  wasCurrent?: boolean
  /** What is notable about it. */
  message?: string
  observedAt: number
  /** See `Saw`. */
  wokeLateMs?: number
}

/**
 * After a call without an answer a version may be there and not be seen yet: looks, so long after one another, and a
 * minute in all (see VISIBLE_MS of src/model/limits.ts). Where this account took longer, as long as `visibleMs`.
 */
const DOUBT_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000]

function doubtMs({ tolerances: { visibleMs } = DEFAULT_TOLERANCES }: Pick<Ports, 'tolerances'>): number[] {
  const more = Math.ceil((visibleMs - VISIBLE_MS) / LAST_MS)
  return [...DOUBT_MS, ...Array.from({ length: Math.max(0, more) }, () => LAST_MS)]
}

const LAST_MS = 30_000

/** Our version is there. Once it is current, the previous one is the one labelled so. */
export function foundVersion(
  ports: Ports,
  { secret }: Exclude<Seen, RefusedByAws>,
  versionId: string,
  open: Open | undefined,
): Started {
  const label = versionState(secret, versionId) === 'current' ? 'AWSPREVIOUS' : 'AWSCURRENT'
  return {
    versionId,
    secretArn: secret.ARN,
    previousVersionId: versionWith(secret, label),
    ...startOf(open),
    observedAt: ports.now(),
  }
}

/**
 * Where another process has sent it, nobody saw when it left: what was noted before is said, and is no `startedAt`.
 * Where several may have had the effect, neither is any of theirs: a look in between that shows none may be an old one.
 * `answered`: one that the version is the answer to, beside those without. Decision 0155.
 */
function startOf(open: Open | undefined, answered?: number): Pick<Started, 'startedAt' | 'message'> {
  const sent = [...(open?.sent ?? []), ...(answered === undefined ? [] : [answered])]
  const [only] = sent
  if (sent.length > 1) {
    const since = iso(open?.from ?? 0)
    return { message: `started by one of up to ${sent.length} calls since ${since}: by which is not known` }
  }
  if (only !== undefined) return { startedAt: only }
  const when = open === undefined ? '' : ` at ${iso(open.from)} or later`
  return { message: `found started: an earlier try had called RotateSecret${when} and was interrupted` }
}

/**
 * A version that this call has started, with what was there before it: before the first sending, where one of them got
 * no answer. What has come since that one is its doing, whatever version a later one names.
 */
export function startedVersion(
  ports: Ports,
  seen: Exclude<Seen, RefusedByAws>['secret'],
  versionId: string,
  sentAt: number,
  open: Open | undefined,
): Started {
  const now = labelsOf(seen)
  const { labels: before } = open ?? { labels: now }
  const wasCurrent = versionId === before.AWSCURRENT || versionId === before.AWSPREVIOUS
  const isNew = !Object.values(before).includes(versionId) && Object.values(now).includes(versionId)
  const isEarlier = isNew || (!wasCurrent && hasBeenCurrent(seen, versionId))
  return {
    versionId,
    secretArn: seen.ARN,
    previousVersionId: before.AWSCURRENT,
    ...startOf(open, isEarlier ? undefined : sentAt),
    ...(wasCurrent && { wasCurrent }),
    observedAt: ports.now(),
  }
}

/**
 * The version of an earlier rotation that a call without an answer made AWS finish: AWSCURRENT has come to it since. The
 * look before the call may have been an old one, and shown as pending what was current. So it is not taken for finished
 * by the call where the secret has not changed since (LastChangedDate: "modified in any way" [bc DescribeSecret]), nor
 * where it has got another version: AWS makes none beside a pending one.
 */
export function finishedVersion(
  ports: Ports,
  seen: Exclude<Seen, RefusedByAws>,
  { open }: Sendings,
): Started | undefined {
  if (open?.pending === undefined || versionWith(seen.secret, 'AWSCURRENT') !== open.pending) return undefined
  const changedAt = seen.secret.LastChangedDate?.getTime() ?? Number.POSITIVE_INFINITY
  if (changedAt + CLOCKS_MS < open.from || newcomers(seen.secret, open).length > 0) return undefined
  const found = { ...foundVersion(ports, seen, open.pending, open), adopted: true }
  // A sending that a process which died had noted may never have gone out.
  const isNoted = open.sent.every((at) => at === undefined)
  const message = `an earlier try had noted a call of RotateSecret for ${iso(open.from)} or later and was interrupted; the version that was pending then has become AWSCURRENT since`
  return isNoted ? { ...found, message } : found
}

/**
 * Nothing is sent any more. After a sending whose effect is in doubt its version is looked for a minute more; where it is not
 * to be seen, that is said: `observe` and the audit record a late success (decision 0081).
 */
export async function giveUp(
  ports: Ports,
  { secret, rotationId }: { secret: string; rotationId: string },
  sendings: Sendings,
  refusal: Refusal,
): Promise<Started | { refusal: Refusal }> {
  const { open } = sendings
  if (open === undefined) return { refusal }
  let others = ''
  for (const ms of doubtMs(ports)) {
    await ports.sleepUntil(ports.now() + ms)
    const seen = await ports.secrets.describe(secret).catch(() => undefined)
    if (!seen || 'refusal' in seen) continue
    if (versionState(seen.secret, rotationId) !== 'absent') return foundVersion(ports, seen, rotationId, open)
    const adopted = finishedVersion(ports, seen, sendings)
    if (adopted) return adopted
    others = describeNewcomers(seen.secret, open, rotationId)
  }
  const [only] = open.sent
  const one =
    only === undefined
      ? `A call may have been sent at ${iso(open.from)} or later, by a process that was interrupted`
      : `The call sent at ${iso(only)} got no version for an answer`
  const call =
    open.sent.length > 1
      ? `Up to ${open.sent.length} calls since ${iso(open.from)} got no version for an answer`
      : one
  const doubt = `${call}: whether it started a rotation could not be seen${others}`
  return { refusal: { ...refusal, message: `${refusal.message}. ${doubt}` } }
}

/** What is known of the start: noted as it happens, and again with the outcome, should others have been quicker. */
export function startFacts(start: Started, scheduledAt: number) {
  const { startedAt, observedAt: _at, message: _message, wasCurrent: _was, wokeLateMs: _woke, ...ids } = start
  return {
    ...ids,
    ...secretPlaceOf(ids.secretArn ?? ''),
    ...(startedAt !== undefined && { startedAt: iso(startedAt), skewMs: startedAt - scheduledAt }),
  }
}
