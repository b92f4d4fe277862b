import { attemptsSeconds, beforeMs, failureOf, lastSentAt, mayTryAgain } from './attempts.ts'
import { type Hooks, hookLimitsOf, hookSecondsDuring, longestHookLimits } from './hooks.ts'
import { secretKeyOf } from './identity.ts'
import { type Place, placeKey } from './place.ts'
import type { Limits, Rotation } from './rotation.ts'

/**
 * How long a rotation may take, by its record: what held as it was claimed. Everybody who waits for a rotation or judges
 * its run asks here: take-over, audit, `observe`, `run`, `status`. Nobody can see whether an execution lives; they know
 * how long each stage of a rotation may take, and call silent what has taken longer. Being wrong does no harm: a claim is
 * taken over by a conditional write, and an outcome that was guessed is corrected by the run that lives after all.
 */

/** Scheduler delivers inside a minute; then Lambda's queue, a cold start, and the first write. */
export const DELIVERY_MS = 180_000

/** Between two signs of life of a run that neither waits nor works: retries of the ledger back off to a minute. */
export const SILENCE_MS = 300_000

/** Most between two looks of a run that follows its rotation. */
export const LOOK_MS = 120_000

/** Secrets Manager is eventually consistent: a version that was just made may not show yet; what shows so for longer is so. */
export const VISIBLE_MS = 60_000

/** A run that waits for the exact second wakes so long before it: it looks at the secret, and a durable wait ends late. */
export const AWAKE_MS = 5_000

/** Where a config says nothing else. */
export const DEFAULT_LIMITS = { windowSeconds: 1_800, timeoutSeconds: 900 } as const

type Limited = Hooks & {
  windowSeconds: number
  timeoutSeconds: number
  retries?: number | undefined
  place?: Place | undefined
}

/** What limits need to know of a config. */
type Limiting = { schedules: (Limited & { name: string; secrets: string[] })[] }

/** As they are noted at the claim. */
export function limitsOf(terms: Limited): Limits {
  const { windowSeconds, timeoutSeconds, retries, place } = terms
  return {
    ...{ windowSeconds, timeoutSeconds },
    ...(retries && { retries }),
    ...hookLimitsOf(terms),
    ...(place && { place }),
  }
}

/**
 * What held for a rotation. A record of an earlier release has no limits: then the longest of the config's that may
 * have been its, by its schedule's name, else by its secret's, else any.
 */
export function limitsIn(
  rotation: Pick<Rotation, 'limits' | 'schedule' | 'secretName'>,
  { schedules }: Limiting,
): Limits {
  if (rotation.limits) return rotation.limits
  const named = schedules.filter(({ name }) => name === rotation.schedule)
  const ofSecret = schedules.filter(({ secrets, place }) =>
    secrets.some((secret) => secretKeyOf(secret, place) === rotation.secretName),
  )
  const theirs = [named, ofSecret, schedules].find((some) => some.length > 0)?.map(limitsOf)
  const all = theirs ?? [limitsOf(DEFAULT_LIMITS)]
  return {
    windowSeconds: Math.max(...all.map((it) => it.windowSeconds)),
    timeoutSeconds: Math.max(...all.map((it) => it.timeoutSeconds)),
    ...longestHookLimits(all),
  }
}

/**
 * Where a rotation's secret is. By the record; how to get there is what the config says of that place today, for its
 * role is the one that we may assume.
 */
export function placeIn(
  { limits, schedule, account, region }: Pick<Rotation, 'limits' | 'schedule' | 'account' | 'region'>,
  { schedules }: Limiting,
): Place | undefined {
  const same = (place: Parameters<typeof placeKey>[0]) =>
    schedules.find((it) => it.place && placeKey(it.place) === placeKey(place))?.place
  if (limits) return limits.place && (same(limits.place) ?? limits.place)
  const own = schedules.find(({ name }) => name === schedule)
  return own ? own.place : same({ account, region })
}

/** When a run that lives has started its rotation, or ended it, at the latest but for AWS's refusals: epoch ms. */
export function startDue(
  rotation: Pick<Rotation, 'scheduledAt' | 'claimedAt' | 'events'>,
  limits: Limits,
): number {
  const hooksMs = hookSecondsDuring('CLAIMED', limits) * 1_000
  return Math.max(Date.parse(rotation.scheduledAt), lastSign(rotation) + hooksMs)
}

/** Whether Lambda has said that its run has ended. One that has taken it over since is another. */
export function isDead({ runEnd, executionArn }: Pick<Rotation, 'runEnd' | 'executionArn'>): boolean {
  return runEnd?.executionArn === executionArn
}

/** From when on (epoch ms) a rotation without an outcome shows that its run has ended. */
export function silentFrom(rotation: Rotation, limits: Limits): number {
  if (isDead(rotation)) return Date.parse(rotation.runEnd?.at ?? '')
  if (rotation.status !== 'ROTATING') return startDue(rotation, limits) + SILENCE_MS
  return Math.min(nextDue(rotation, limits), failedDue(rotation, limits)) + SILENCE_MS
}

/** A run that lives ends at its next look, once it is known that nothing attempts the version again; nor does it itself. */
function failedDue(rotation: Rotation, limits: Limits): number {
  const failure = failureOf(rotation)
  if (!failure?.final) return Number.POSITIVE_INFINITY
  const seen = Date.parse(failure.at) + LOOK_MS
  return mayTryAgain(rotation, limits) ? Math.max(seen, closes(rotation, limits) + beforeMs(limits)) : seen
}

/** From when on (epoch ms) the audit gives a rotation its outcome: nothing can start or finish it any more in time. */
export function lostFrom(rotation: Rotation, limits: Limits, visibleMs = VISIBLE_MS): number {
  const dead = isDead(rotation)
  if (rotation.status === 'ROTATING') {
    return dead ? attemptOf(rotation) + limits.timeoutSeconds * 1_000 : nextDue(rotation, limits) + SILENCE_MS
  }
  if (!dead) {
    return Math.max(closes(rotation, limits), silentFrom(rotation, limits)) + limits.timeoutSeconds * 1_000
  }
  // What was asked for on demand nobody takes over.
  const ended = Date.parse(rotation.runEnd?.at ?? '') + visibleMs
  return rotation.trigger === 'ON_DEMAND' ? ended : Math.max(closes(rotation, limits), ended)
}

/** When a run that lives has taken its rotation on at the latest: from CLAIMED to its start, or to its outcome. Epoch ms. */
export function nextDue(rotation: Rotation, limits: Limits): number {
  if (rotation.status !== 'ROTATING') return Math.max(closes(rotation, limits), startDue(rotation, limits))
  return attemptsDue(rotation, limits) + hookSecondsDuring('ROTATING', limits) * 1_000
}

/** When its last attempt is over at the latest: none is sent once the window has closed. Epoch ms. */
function attemptsDue(rotation: Rotation, limits: Limits): number {
  const timeoutMs = limits.timeoutSeconds * 1_000
  const started = startOf(rotation)
  if (!mayTryAgain(rotation, limits)) return attemptOf(rotation) + timeoutMs
  const lastMs = Math.max(timeoutMs, beforeMs(limits))
  const last = Math.min(started + attemptsSeconds(limits) * 1_000, closes(rotation, limits) + lastMs)
  return Math.max(started + timeoutMs, last)
}

/** Most seconds from the scheduled instant to the outcome, for whoever has no record yet. */
export function longestSeconds(limits: Limits): number {
  const { windowSeconds, timeoutSeconds } = limits
  const hooksSeconds = hookSecondsDuring('CLAIMED', limits) + hookSecondsDuring('ROTATING', limits)
  return windowSeconds + timeoutSeconds + hooksSeconds
}

/** When the last transition was written (epoch ms). */
export function lastSign({ events, claimedAt }: Pick<Rotation, 'events' | 'claimedAt'>): number {
  return Date.parse(events.at(-1)?.at ?? claimedAt)
}

function closes({ scheduledAt }: Rotation, { windowSeconds }: Limits): number {
  return Date.parse(scheduledAt) + windowSeconds * 1_000
}

function startOf(rotation: Rotation): number {
  const { startedAt } = rotation
  return startedAt === undefined ? lastSign(rotation) : Date.parse(startedAt)
}

/** When its last attempt was sent. */
function attemptOf(rotation: Rotation): number {
  const sentAt = lastSentAt(rotation)
  return sentAt === undefined ? startOf(rotation) : Date.parse(sentAt)
}

/**
 * An execution starts this long before its instant at most: until then a run is planned, and subject to newer configs.
 * Two audits fall into it, so that one that fails is made good.
 */
export const START_AHEAD_MS = 600_000

/** What the clocks of AWS and of a process of ours may differ by. */
export const CLOCKS_MS = 1_000

/** How long ahead of its instant a run is fired that waits for the exact second. Decision 0042. */
export const EARLY_MS = 120_000

/** How long before its instants something is fired for a schedule, too. */
export function aheadMsOf({ precision }: { precision: string }): number {
  return precision === 'second' ? EARLY_MS : 0
}
