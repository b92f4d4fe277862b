import { type Freeze, freezesKept, frozenBy } from '../calendar/freezes.ts'
import type { Schedule } from '../config/config.ts'
import { AHEAD, type Approval } from '../ledger/approvals.ts'
import type { WaveRecord } from '../ledger/waves.ts'
import { type Exception, refusalOf } from '../model/exception.ts'
import { bindingOn, type Hold, heldAt } from '../model/hold.ts'
import { namesIdOf } from '../model/identity.ts'
import { isDead, lastSign, limitsOf, SILENCE_MS, silentFrom } from '../model/limits.ts'
import type { Refusal } from '../model/reasons.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { HOUR, iso } from '../model/time.ts'
import { DEFAULT_TOLERANCES } from '../model/tolerances.ts'
import { notApproved } from '../rotation/approval.ts'
import { frozenIn, heldBy } from '../rotation/gate.ts'

/** What the ledger knows of an occurrence. */
export type OccurrenceFacts = {
  schedule: Schedule
  /** Epoch ms. */
  instant: number
  records: Rotation[]
  /** Its secrets without a record, each with the holds over it, those that have ended too. */
  lacking: { secret: string; holds: Hold[] }[]
  /** In force for it. */
  exception?: Exception | undefined
  wave?: WaveRecord | undefined
  /** A selector's occurrence without a secret: none matched, or they could not be listed; `since` the first try. */
  nothing?: { kind: 'NOTHING_MATCHED' | 'SECRETS_NOT_LISTED'; message: string; since?: number } | undefined
  approval?: Approval | undefined
}

/**
 * What becomes of an occurrence. `records`: outcomes to write where there is none. `next`: whether it is `accounted`
 * for, so that the watermark may pass it; to be looked at again (`wait`); or to be started now (`catch up`).
 */
type Judgement = {
  records: { secret: string; outcome: Refusal }[]
  next: 'accounted' | 'wait' | 'catch up'
  /** Its delivery is overdue, and it is not to be caught up. */
  late?: boolean
}

/** For so long after a window its secrets are listed again: throttling and outages end. Then nobody knows who missed it. */
const LISTED_MS = HOUR

/**
 * The rule: what would a punctual delivery have come to? In a freeze or under a hold it would have been skipped, so it
 * is, and nothing was missed. Anything else should have rotated: it still does inside its window, and is MISSED after
 * it. Nothing is written while a run may still come, or one that has come may still live: a record is final.
 * Decision 0060.
 */
export function judge(
  occurrence: OccurrenceFacts,
  freezes: Freeze[],
  now: number,
  { deliveryMs } = DEFAULT_TOLERANCES,
): Judgement {
  const { schedule, instant, records, lacking, nothing } = occurrence
  const closes = instant + schedule.windowSeconds * 1_000
  const isClaimed = records.some(({ status }) => status === 'CLAIMED')
  if (nothing) return now < listedUntil(nothing, closes) ? { records: [], next: 'wait' } : accounted([])
  // A claim past its window is a lost run, not a lost occurrence: see lost-runs.ts.
  if (lacking.length === 0 && (!isClaimed || now >= closes)) return accounted([])
  if (isAlive(occurrence, now)) return { records: [], next: 'wait' }

  const { skipped, rest } = splitSkipped(occurrence, freezes)
  if (rest.length === 0 && !isClaimed) return accounted(skipped)
  if (now < closes && schedule.onMissed === 'report')
    return { records: skipped, next: 'wait', late: now >= instant + deliveryMs }
  if (now < closes) return { records: skipped, next: 'catch up' }
  // What was delivered as the window closed says so itself.
  if (now < closes + deliveryMs) return { records: skipped, next: 'wait' }
  const outcome = unapproved(occurrence.approval) ?? missed(occurrence)
  return accounted([...skipped, ...rest.map((secret) => ({ secret, outcome }))])
}

/** Lists lag by minutes: what is listed while the window is open still rotates. */
function listedUntil({ kind, since = 0 }: NonNullable<OccurrenceFacts['nothing']>, closes: number): number {
  return kind === 'NOTHING_MATCHED' ? closes : Math.max(closes, since) + LISTED_MS
}

/** What an exception, a hold or a freeze (in the gate's order) would have stopped at the instant; `rest`: what none would. */
function splitSkipped(
  occurrence: OccurrenceFacts,
  freezes: Freeze[],
): { skipped: Judgement['records']; rest: string[] } {
  const skipped: Judgement['records'] = []
  const rest: string[] = []
  const { exception } = occurrence
  const excepted = exception && atTheInstant(refusalOf(exception))
  for (const { secret, holds } of occurrence.lacking) {
    const outcome = excepted ?? held(occurrence, holds) ?? frozen(occurrence, freezes)
    if (outcome) skipped.push({ secret, outcome })
    else rest.push(secret)
  }
  return { skipped, rest }
}

function accounted(records: Judgement['records']): Judgement {
  return { records, next: 'accounted' }
}

/** Whether a run of it shows a sign of life: a secret that waits for its turn in a wave has no record yet. */
export function isAlive(
  {
    schedule,
    records,
    wave,
    ...occurrence
  }: Pick<OccurrenceFacts, 'records' | 'wave' | 'approval'> & {
    schedule: Parameters<typeof limitsOf>[0]
  },
  now: number,
): boolean {
  // Asked for ahead of time, and by no run since: nothing lives by it.
  const approval = occurrence.approval?.executionArn === AHEAD ? undefined : occurrence.approval
  if (approval?.status === 'PENDING' && now < Date.parse(approval.expiresAt) + SILENCE_MS) return true
  // Of a run that has ended there is no sign of life, and of its wave none either.
  const dead = records.filter(isDead)
  const living = records.filter((it) => !isDead(it))
  const waveIsDead = dead.some(({ executionArn }) => executionArn === wave?.executionArn)
  const signs = [
    ...living.map(lastSign),
    ...[waveIsDead ? undefined : wave?.startedAt, approval?.answeredAt].flatMap((at) =>
      at === undefined ? [] : Date.parse(at),
    ),
  ]
  const quietMs = SILENCE_MS + (wave?.soakSeconds ?? 0) * 1_000
  if (signs.some((at) => now < at + quietMs)) return true
  return living.some(
    (rotation) =>
      !SETTLED.includes(rotation.status) && now < silentFrom(rotation, rotation.limits ?? limitsOf(schedule)),
  )
}

/**
 * Whether these are the records of all secrets that a wave was resolved to. By their names: another run of it may have
 * listed more of them, and left one of these out, so that as many are not the same. Of an earlier release by their number.
 */
export function isComplete({ secrets, names }: Pick<WaveRecord, 'secrets' | 'names'>, records: Rotation[]) {
  if (secrets === 0) return false
  return names === undefined
    ? records.length >= secrets
    : names === namesIdOf(records.map(({ secret }) => secret))
}

function frozen({ schedule, instant }: OccurrenceFacts, freezes: Freeze[]): Refusal | undefined {
  const freeze = frozenBy(freezesKept(freezes, schedule), instant)
  return freeze && atTheInstant(frozenIn(freeze))
}

function held({ schedule, instant }: OccurrenceFacts, holds: Hold[]): Refusal | undefined {
  const binding = bindingOn({ name: schedule.name, trigger: 'SCHEDULE' }, holds)
  const refusal = heldBy(heldAt(binding, iso(instant)))
  return refusal && atTheInstant(refusal)
}

/** What a punctual delivery would have been told. */
export function atTheInstant({ reason, message }: Refusal): Refusal {
  return { reason, message: `${message}; no run had started` }
}

export function unapproved(approval: Approval | undefined): Refusal | undefined {
  return approval === undefined || approval.status === 'APPROVED' ? undefined : notApproved(approval)
}

function missed({ schedule, instant, wave }: OccurrenceFacts): Refusal {
  const closed = `the window closed at ${iso(instant + schedule.windowSeconds * 1_000)}`
  const policy =
    schedule.onMissed === 'report'
      ? '; onMissed: report, so it was not caught up'
      : '; it was not caught up in time'
  if (wave?.refused)
    return { reason: 'WAVE_LOST', message: `its run found: ${wave.refused.message}; ${closed}${policy}` }
  return wave === undefined
    ? { reason: 'NOT_DELIVERED', message: `no run had started when ${closed}${policy}` }
    : {
        reason: 'WAVE_LOST',
        message: `a run of its wave had started at ${wave.startedAt}, and ended before this secret’s turn; ${closed}${policy}`,
      }
}
