import type { Caller } from './caller.ts'
import type { Handover, HandoverTerms } from './handover.ts'
import type { HookLimits } from './hooks.ts'
import type { Place } from './place.ts'

/** Why a rotation ran. */
export type Trigger = 'SCHEDULE' | 'ON_DEMAND' | 'CATCH_UP' | 'EXTERNAL'

export type Status = 'CLAIMED' | 'ROTATING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'SKIPPED' | 'MISSED'

/** Statuses that say how a rotation ended. */
export const SETTLED: readonly Status[] = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'SKIPPED', 'MISSED']

/** It was tried, and did not succeed: what counts for `maxErrors` and `pauseAfter`. */
export function isFailure(status: Status | undefined): boolean {
  return status === 'FAILED' || status === 'TIMED_OUT'
}

/**
 * One secret in one wave, as the ledger keeps it. Times are ISO instants in UTC with milliseconds; what was not
 * observed is absent, never guessed. No secret value, ever.
 */
export type Rotation = {
  /** Also the `ClientRequestToken`, and so the secret's new `VersionId`. */
  rotationId: string
  schedule: string
  /** As configured or asked for: a name or an ARN. */
  secret: string
  /** The secret's name whichever way it was configured, after its place if not our own: the key of `bySecret`. */
  secretName: string
  secretArn?: string
  /** Where the secret is: as its ARN says once that was seen, before that as configured, if it is. */
  account?: string
  region?: string
  scheduledAt: string
  trigger: Trigger
  /** Of an occurrence that a person has moved: from which instant (ISO), and the exception's id. */
  moved?: { from: string; id: string }
  /** On demand: which request asked for it. Absent in records of before 2026-11-28. */
  requestId?: string
  /** On demand, or moved: who asked, and why: claims. */
  requester?: string
  requestReason?: string
  /** On demand: who asked, as STS told the stage; or why that is not known. Absent: nobody has asked it. */
  caller?: Caller
  status: Status
  /** A stable code: see `src/model/reasons.ts`. */
  reason?: string
  /** For people: what was observed. */
  message?: string
  claimedAt: string
  /** When RotateSecret was sent. Absent where that was not observed: a crash, or one of several calls without an answer. */
  startedAt?: string
  /** When the new version was first seen as AWSCURRENT. */
  rotatedAt?: string
  settledAt?: string
  /** startedAt − scheduledAt, ms. */
  skewMs?: number
  /** rotatedAt − startedAt, ms. */
  durationMs?: number
  previousVersionId?: string
  versionId?: string
  /** The version is one that an earlier, unfinished rotation had left pending. */
  adopted?: boolean
  /** What is not well about a success, as stable codes: see `src/rotation/concerns.ts`. */
  concerns?: string[]
  /** It succeeded after it had been recorded as FAILED or TIMED_OUT. */
  late?: boolean
  /** Every attempt, oldest first, where its schedule has `retries`. Absent: one attempt, which the other fields tell of. */
  attempts?: Attempt[]
  /** What Secrets Manager has reported of its failing, last. */
  failure?: ReportedFailure
  /** That Secrets Manager has reported its version as AWSCURRENT, first. Whatever labels show later, that was so. */
  proof?: Proof
  /** What RotateSecret may have done: noted before it goes out. Null: it has not; absent: noted by no earlier release. */
  sending?: Sending | null
  /** How an execution that held it has ended, as Lambda said. It may have been taken over since: see `isDead`. */
  runEnd?: RunEnd
  /** Its outcome was found out by others than its run, which was taken for lost: that one may still correct it. */
  guessed?: boolean
  /** While that time runs: by when somebody, and all, had fetched, as far as was seen. */
  fetching?: Fetching
  /** Who had fetched since it rotated, as its schedule's `adoption` asks: noted once, when that time was over. */
  adoption?: Adoption
  /** On demand: why freezes and holds did not count. */
  override?: string
  /** On demand: why nobody else's go-ahead was waited for. */
  overrideApproval?: string
  /** Who let its wave go ahead, where its schedule wants that. `caller`: as STS told the wave; absent: a claim. */
  approval?: { approvalId: string; by: string; reason?: string; caller?: Caller }
  /** The durable execution (or process) that claimed the rotation: only it goes on with it. */
  executionArn: string
  configVersion: string
  /** The release of the zone data that its scheduled instant was reckoned by. Absent where it was asked for on demand. */
  zoneData?: string
  /** The instant that its delivery was for, where the calendar has another one: see src/rotation/delivery.ts. */
  deliveredFor?: string
  /** What its run saw of AWS anyway. */
  saw?: Saw
  /** What held as it was claimed. Absent in records of before 2026-11-27: see src/model/limits.ts. */
  limits?: Limits
  /** After a success: who uses the secret and has taken the new value. Absent: nobody was to be asked. */
  handover?: Handover
  /** Every transition, oldest first, never rewritten. */
  events: Transition[]
}

/**
 * What a run saw, ms. `deliveredLateMs`: from the time of Scheduler's delivery to its first step; absent where another
 * started it. `wokeLateMs`: from the end of its durable wait to its going on, a crash in between included; absent where it
 * did not wait, or was not the first try. `node`: the version that it began on.
 */
export type Saw = { node: string; deliveredLateMs?: number; wokeLateMs?: number }

/** Whole seconds, and where: a deploy while a rotation runs changes nothing of these. */
export type Limits = HookLimits &
  HandoverTerms & {
    /** How long after the scheduled instant it may start. */
    windowSeconds: number
    /** How long after its start it may take; each attempt, if it has several. */
    timeoutSeconds: number
    /** How often a failed one is attempted again inside its window. Absent: never. */
    retries?: number
    /** How late it may begin, by its schedule's objective. Absent: it has none, or was asked for on demand. */
    objectiveSkewSeconds?: number
    /** Where its secret is, and how to get there, if not in the orchestrator's own account and region. */
    place?: Place
  }

/**
 * A RotateSecret of a rotation that took effect, as far as is known: all of them send the same token. `sentAt`: absent
 * where it was not observed. `answer`: of a second or later one; absent where its process died with it. `reason`,
 * `evidence`: how it failed, and what showed it.
 */
export type Attempt = {
  sentAt?: string
  /** `accepted`; `pending`: "That rotation will be reattempted."; `none`: it got lost. */
  answer?: 'accepted' | 'pending' | 'none'
  endedAt?: string
  reason?: string
  evidence?: string
}

/** A `RotationFailed` event. `final`: nothing is known to attempt the version again by itself. */
export type ReportedFailure = { at: string; message: string; final: boolean }

/** The versions of a secret by their staging labels. */
export type Labels = { AWSCURRENT?: string; AWSPENDING?: string; AWSPREVIOUS?: string }

/**
 * Sendings of RotateSecret that may have had an effect: the first of them `from` then on, not before, with these labels
 * as it was let out; `pending`: what was AWSPENDING alone before the last. `refused`: AWS has answered no to each.
 */
export type Sending = { from: string; labels: Labels; pending?: string; refused?: true }

/** A `Durable Execution Status Change` event about a bad end. */
export type RunEnd = { executionArn: string; status: 'FAILED' | 'TIMED_OUT' | 'STOPPED'; at: string }

/** A `Secret Label Updated` event; AWS gives whole seconds. */
export type Proof = { at: string; versionId: string }

/** One who was not seen to fetch. */
export type Lagging = { principal: string; lastSeen?: string; other?: string }

/**
 * By when the first of those who use it had fetched, and all of them, ISO: not later, and perhaps earlier, for of a reader
 * only the last read is kept. Absent: not seen. `known`: how many all are.
 */
export type Fetching = { firstBy?: string; allBy?: string; known: number }

/** What was seen of a rotation's adoption, at one time. */
export type Adoption = Fetching & {
  /** When, ISO. */
  at: string
  /** How long after the rotation all should have fetched. */
  withinSeconds: number
  /** How many are known: declared, or seen to read in the 30 days before; and how many of them have fetched since. */
  known: number
  fetched: number
  /** At most twenty of each. Not seen to fetch since; and those that last did while it rotated, either value. */
  behind: Lagging[]
  unclear: Lagging[]
  /** How many more of each there are; absent: none, or it is of a release before. */
  more?: { behind: number; unclear: number }
  /** Of those that have fetched, roles of which there are several sessions. */
  shared: string[]
  /**
   * Whether CloudTrail's Event history was asked before anybody was named, for EventBridge may lose a record: `PART`, `NOT`:
   * and why. Absent: nobody was to be named; or it was before there was this.
   */
  history?: { asked: 'WHOLE' | 'PART' | 'NOT'; why?: string }
  /** Why none of this can be relied on. */
  unknown?: 'NOTHING_HEARD' | 'NOBODY_KNOWN' | 'TOO_MANY' | 'SILENT'
}

export type Transition = {
  at: string
  status: Status
  reason?: string
  message?: string
  /** See `Rotation.guessed`. */
  guessed?: boolean
}
