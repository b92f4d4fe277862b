import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { failureOf } from '../model/attempts.ts'
import { LOOK_MS, VISIBLE_MS } from '../model/limits.ts'
import type { Refusal } from '../model/reasons.ts'
import type { ReportedFailure, Rotation } from '../model/rotation.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import type { Steps, WaitDecision } from '../steps/steps.ts'
import { versionState, versionWith } from './inspect.ts'
import type { Ports } from './ports.ts'
import type { Started } from './started.ts'

/** What polling has seen so far. `at`: epoch ms of the last look. */
export type FollowState = {
  standing: 'unseen' | 'pending' | 'current' | 'absent'
  /** Secrets Manager is eventually consistent: a version not there yet is not one that has gone. */
  wasSeen: boolean
  /** Only where it is absent: a label is on another version than before the call. */
  replaced?: boolean
  /** Epoch ms of the first look that found it AWSCURRENT. */
  currentAt?: number
  /** Replicas without the new value yet, and those that cannot get it, with AWS's words. */
  replicas: { waiting: string[]; failed: string[] }
  /** Why there is nothing to wait for any more. */
  ended?: Refusal
  /** Why the last look saw nothing; `since`: when looks began to be refused, epoch ms. */
  refused?: Refusal & { since: number }
  /** What AWS has reported of this rotation's failing, only while the version is pending: `observe` notes it. */
  failure?: ReportedFailure
  /** What the secret's last rotation took, start to AWSCURRENT, where the ledger has it. */
  expectedMs?: number
  /** Of looks without an answer: when the last one that had one was, epoch ms. What stands here was so then. */
  blindSince?: number
  at: number
}

/** Before the first look. `at`: epoch ms. */
export function initialFollowState(at: number): FollowState {
  return { standing: 'unseen', wasSeen: false, replicas: { waiting: [], failed: [] }, at }
}

/** Between two looks, seconds: waits are whole ones. */
const LEAST_SECONDS = 1
const MOST_SECONDS = LOOK_MS / 1_000
/** A last look without an answer is made again, so long after one another and for so long. */
const LAST_SECONDS = 3
const LAST_WORD_MS = 15_000

/** What is followed. `previousVersionId`: what was AWSCURRENT before the call; `wasCurrent`: so was this one, once. */
type FollowedVersion = {
  secret: string
  versionId: string
  rotationId: string
  previousVersionId?: string | undefined
  wasCurrent?: boolean | undefined
  /** When its last attempt was sent, where that is not the first (ISO): what AWS said of an earlier one is over. */
  sentAt?: string | undefined
}

/** Follows the version that a rotation has started, until there is a verdict. `attempt`: a later one, and when it was sent (epoch ms). */
export function followVersion(
  steps: Steps,
  { secret, rotationId, timeoutSeconds }: { secret: string; rotationId: string; timeoutSeconds: number },
  { versionId, previousVersionId, wasCurrent, startedAt, observedAt }: Started,
  ports: Ports,
  attempt?: { number: number; sentAt: number },
): PromiseLike<FollowState> {
  const from = attempt?.sentAt ?? startedAt ?? observedAt
  const sentAt = attempt && iso(attempt.sentAt)
  const version = { secret, rotationId, versionId, previousVersionId, wasCurrent, sentAt }
  const name = attempt ? `follow, attempt ${attempt.number}` : 'follow'
  return steps.waitForCondition<FollowState>(name, (last) => pollVersion(ports, version, last), {
    initialState: initialFollowState(from),
    waitStrategy: followUntil(from, from + timeoutSeconds * 1_000, ports.tolerances?.visibleMs),
  })
}

/** Looks at the version once. A look that fails changes nothing: the next one may succeed, or a proof have come meanwhile. */
export async function pollVersion(
  ports: Ports,
  version: FollowedVersion,
  last: FollowState,
): Promise<FollowState> {
  const { secret } = version
  try {
    const seen = await ports.secrets.describe(secret)
    const at = ports.now()
    if (!('refusal' in seen)) return await progressFrom(ports, version, last, { secret: seen.secret, at })
    const { blindSince: _, ...known } = last
    return await orProved(ports, version, {
      ...known,
      refused: { ...seen.refusal, since: last.refused?.since ?? at },
      at,
    })
  } catch (error) {
    ports.log('could not look at the secret', { secret, error: String(error) })
    return orProved(ports, version, { ...last, blindSince: last.blindSince ?? last.at, at: ports.now() })
  }
}

async function progressFrom(
  ports: Ports,
  version: FollowedVersion,
  last: FollowState,
  { secret, at }: { secret: DescribeSecretCommandOutput; at: number },
): Promise<FollowState> {
  const { rotationId, previousVersionId } = version
  const shown = stateSinceCall(secret, version)
  const noted = shown === 'current' ? undefined : await readRecord(ports, rotationId)
  const proved = provedAt(noted, version)
  const standing = proved === undefined ? shown : 'current'
  const failure = standing === 'pending' ? reportedFailure(noted, version, last) : undefined
  const ended = standing === 'current' ? undefined : endedBy(secret, version)
  const first = !last.wasSeen && standing === 'pending'
  // A version's id is its rotation's: the one that is replaced leads to what the last rotation took.
  const expectedMs = first ? (await readRecord(ports, previousVersionId))?.durationMs : last.expectedMs
  const currentAt = last.currentAt ?? proved ?? (standing === 'current' ? at : undefined)
  return {
    standing,
    wasSeen: last.wasSeen || standing !== 'absent',
    ...(standing === 'absent' && { replaced: isReplaced(secret, version) }),
    ...(ended && { ended }),
    ...(currentAt !== undefined && { currentAt }),
    replicas: replicasOf(secret),
    ...(failure && { failure }),
    ...(expectedMs !== undefined && { expectedMs }),
    at,
  }
}

function reportedFailure(noted: Rotation | undefined, { sentAt }: FollowedVersion, last: FollowState) {
  return (noted && failureOf(noted, sentAt)) ?? last.failure
}

/** Where the secret shows nothing, what `observe` has noted still counts. */
async function orProved(ports: Ports, version: FollowedVersion, blind: FollowState): Promise<FollowState> {
  const proved = provedAt(await readRecord(ports, version.rotationId), version)
  return proved === undefined
    ? blind
    : { ...blind, standing: 'current', wasSeen: true, currentAt: blind.currentAt ?? proved }
}

/** When AWSCURRENT was reported of the version that is followed; epoch ms. */
function provedAt(
  noted: Pick<Rotation, 'proof'> | undefined,
  { versionId, wasCurrent }: FollowedVersion,
): number | undefined {
  const { proof } = noted ?? {}
  return proof?.versionId === versionId && !wasCurrent ? Date.parse(proof.at) : undefined
}

/**
 * Success is a change since our call. A version that was there before it, and had been AWSCURRENT, is current only where
 * AWSCURRENT has come to it from another one: its AWSPREVIOUS is an old story. Decision 0083.
 */
function stateSinceCall(
  secret: DescribeSecretCommandOutput,
  version: FollowedVersion,
): FollowState['standing'] {
  const { versionId, previousVersionId, wasCurrent } = version
  if (!wasCurrent) return versionState(secret, versionId)
  const current = versionWith(secret, 'AWSCURRENT')
  if (current === versionId && current !== previousVersionId) return 'current'
  return versionWith(secret, 'AWSPENDING') === versionId ? 'pending' : 'absent'
}

/** Somebody has taken the secret away from its rotation. */
function endedBy(
  { Name, ARN, DeletedDate, RotationEnabled }: DescribeSecretCommandOutput,
  { versionId }: FollowedVersion,
): Refusal | undefined {
  const what = `"${Name ?? ARN}", before version ${versionId} was AWSCURRENT`
  if (DeletedDate) {
    const date = iso(DeletedDate)
    return { reason: 'SECRET_DELETED', message: `at ${date} somebody scheduled the deletion of ${what}` }
  }
  if (RotationEnabled !== false) return undefined
  return { reason: 'ROTATION_CANCELLED', message: `somebody switched off the rotation of ${what}` }
}

/**
 * Of a version that is absent: whether another one than before the call has a label. The previous one keeps both where
 * its rotation left them.
 */
function isReplaced(secret: DescribeSecretCommandOutput, { previousVersionId }: FollowedVersion): boolean {
  const isNew = (id: string | undefined) => id !== undefined && id !== previousVersionId
  if (previousVersionId === undefined) return false
  return isNew(versionWith(secret, 'AWSCURRENT')) || isNew(versionWith(secret, 'AWSPENDING'))
}

/** A record: what `observe` has noted. A reading that fails changes nothing: it is evidence beside what the labels show. */
async function readRecord(ports: Ports, rotationId: string | undefined): Promise<Rotation | undefined> {
  if (rotationId === undefined) return undefined
  try {
    return await ports.ledger.get(rotationId)
  } catch (error) {
    ports.log('could not read the ledger', { rotationId, error: String(error) })
    return undefined
  }
}

/** Whether to look again, and when: soon at first, ever less often, and a last time as the timeout ends; again where that one had no answer. */
export function followUntil(started: number, deadline: number, visibleMs = VISIBLE_MS) {
  return (progress: FollowState): WaitDecision => {
    const { standing, replaced, replicas, ended, refused, failure, expectedMs, blindSince, at } = progress
    // Gone, or refused, for so long is so. Not what is denied: that says nothing of the rotation, of which `observe` may
    // still hear (decision 0111).
    const gone = replaced && at - started >= visibleMs
    const refusedForLong = refused && refused.reason !== 'ACCESS_DENIED' && at - refused.since >= VISIBLE_MS
    const done = standing === 'current' && replicas.waiting.length === 0
    const failed = standing === 'pending' && failure?.final === true
    const left = Math.ceil((deadline - at) / 1_000)
    if (done || gone || refusedForLong || failed || ended) return { shouldContinue: false }
    if (left <= 0) {
      const again = blindSince !== undefined && at - deadline < LAST_WORD_MS
      return again ? { shouldContinue: true, delay: { seconds: LAST_SECONDS } } : { shouldContinue: false }
    }
    const pause = Math.floor(pauseMs(at - started, expectedMs) / 1_000)
    const seconds = Math.min(left, MOST_SECONDS, Math.max(LEAST_SECONDS, pause))
    return { shouldContinue: true, delay: { seconds } }
  }
}

/**
 * The pause that is due after this time (ms): an eighth of it. Rotations of one secret take much the same time, so where
 * the last one's is known, looks are close about that moment, and few before it. Seconds of the looks:
 *
 *     unknown         1 2 3 … 16 18 20 22 24 27 30 33 37 41 46 51 57 64 72 81 91 102 … 826 900
 *     60 s last time  1 2 3 4 6 9 13 19 28 38 45 50 53 55 56 57 58 … 66 68 70 73 77 82 89 … 885 900
 *
 * By the end of a timeout both come to as many (`looksWithin`; one more in bad luck).
 */
function pauseMs(elapsed: number, expected: number | undefined): number {
  if (expected === undefined) return elapsed / 8
  const most = elapsed < expected ? elapsed / 2 : elapsed / 8
  return Math.min(most, Math.abs(elapsed - expected) / 3)
}

/** How often a rotation is looked at that stays pending until its timeout. */
export function looksWithin(timeoutSeconds: number): number {
  const decide = followUntil(0, timeoutSeconds * 1_000)
  for (let looks = 1, at = 0; ; looks++) {
    const next = decide({ ...initialFollowState(at), standing: 'pending' })
    if (!next.shouldContinue) return looks
    at += next.delay.seconds * 1_000
  }
}

/**
 * How following ended, where not in success. A version that was AWSCURRENT is a success, whatever came after.
 * `failuresUnseenAt`: when this account was seen to be told of no failures, ISO.
 */
export function verdict(
  progress: FollowState,
  versionId: string,
  timeoutSeconds: number,
  failuresUnseenAt?: string,
): Refusal | undefined {
  const { standing, wasSeen, currentAt, ended, refused, failure, blindSince, at } = progress
  if (currentAt !== undefined) return undefined
  if (ended) return ended
  if (refused)
    return { reason: refused.reason, message: `${refused.message}${blindness(refused, versionId)}` }
  const time = iso(blindSince ?? at)
  if (standing === 'absent') {
    return {
      reason: 'ROTATION_ABANDONED',
      message: `at ${time} version ${versionId} carried no staging label, and had ${wasSeen ? 'not been seen as AWSCURRENT' : 'never been seen'}${unanswered(progress)}`,
    }
  }
  if (failure) {
    const message = `${failure.message} (${failure.at}); at ${time} version ${versionId} was still AWSPENDING${unanswered(progress)}`
    return { reason: 'ROTATION_FUNCTION_FAILED', message }
  }
  const untold =
    failuresUnseenAt === undefined
      ? ''
      : `. RotationFailed did not arrive in this account when it was asked for (${failuresUnseenAt}), so the function may have failed long before: see its log`
  const state =
    standing === 'pending' ? `still AWSPENDING${untold}` : 'not to be seen: no look at the secret succeeded'
  return {
    reason: 'PENDING_VERSION_STUCK',
    message: `after ${timeoutSeconds} s, at ${time}, version ${versionId} was ${state}${unanswered(progress)}`,
  }
}

/** What was seen last is said as of then. */
function unanswered({ standing, blindSince }: FollowState): string {
  return blindSince === undefined || standing === 'unseen' ? '' : '; no look since then had an answer'
}

/** A deploy that takes the secret out of the config takes the right to look at it; the rotation ends all the same. */
function blindness({ reason, since }: NonNullable<FollowState['refused']>, versionId: string): string {
  if (reason !== 'ACCESS_DENIED') return ''
  return `. No look has been allowed since ${iso(since)}: whether version ${versionId} became AWSCURRENT is not known`
}

/** What to say of replicas that do not have the new value. Undefined: all have it, or there are none. */
export function replicaWarning({ replicas: { waiting, failed } }: FollowState): string | undefined {
  const late = waiting.map((region) => `${region}: not in sync yet`)
  return late.length + failed.length === 0
    ? undefined
    : `replicas without the new value: ${[...failed, ...late].join('; ')}`
}

function replicasOf({ ReplicationStatus = [] }: Pick<DescribeSecretCommandOutput, 'ReplicationStatus'>) {
  const named = ReplicationStatus.map(({ Region = 'a region', Status, StatusMessage }) => ({
    Region,
    Status,
    StatusMessage,
  }))
  return {
    waiting: named.filter(({ Status }) => Status === 'InProgress').map(({ Region }) => Region),
    failed: named
      .filter(({ Status }) => Status === 'Failed')
      .map(({ Region, StatusMessage = 'failed' }) => `${Region}: ${atDoor(StatusMessage, 200)}`),
  }
}
