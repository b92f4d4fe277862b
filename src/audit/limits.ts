import { DEFAULTS } from '../config/compile.ts'
import type { Config, Hook, Place, Schedule } from '../config/config.ts'
import type { Rotation } from '../ledger/rotation.ts'
import { HOOK_TRIES } from '../rotation/hooks.ts'

/**
 * How long a living run may show no sign of life. The audit cannot see whether an execution lives; it knows how long
 * each stage of a rotation can take, and calls silent what has taken longer. Being wrong does no harm: a claim is
 * taken over by a conditional write, and an outcome is followed by a late success.
 */

/** Scheduler delivers inside a minute; then Lambda's queue, a cold start, and the first write. */
export const DELIVERY_MS = 180_000

/** Between two signs of life of a run that neither waits nor works: retries of the ledger back off to a minute. */
export const SILENCE_MS = 300_000

/** Between two tries of a hook. */
const HOOK_PAUSE_MS = 60_000

type Limits = Pick<Schedule, 'windowSeconds' | 'timeoutSeconds'> & Partial<Pick<Schedule, 'before' | 'after'>>

/** What held for a rotation: its schedule's limits, or what is asked for by secret gets. */
export function limitsOf({ schedule }: Pick<Rotation, 'schedule'>, config: Config): Limits {
  return config.schedules.find(({ name }) => name === schedule) ?? DEFAULTS
}

/** Where a rotation's secret is. */
export function placeOf(
  { schedule, account, region }: Pick<Rotation, 'schedule' | 'account' | 'region'>,
  config: Config,
): Place | undefined {
  const own = config.schedules.find(({ name }) => name === schedule)
  if (own || (account === undefined && region === undefined)) return own?.place
  return config.schedules.find(({ place }) => place?.account === account && place?.region === region)?.place
}

/** From when on (epoch ms) a rotation without an outcome shows that its run has ended. */
export function silentFrom(rotation: Rotation, limits: Limits): number {
  if (rotation.status === 'ROTATING') {
    return startOf(rotation) + limits.timeoutSeconds * 1_000 + hooksMs(limits.after) + SILENCE_MS
  }
  return Math.max(Date.parse(rotation.scheduledAt), lastSign(rotation)) + hooksMs(limits.before) + SILENCE_MS
}

/** From when on (epoch ms) the audit gives a rotation its outcome: nothing can start or finish it any more in time. */
export function lostFrom(rotation: Rotation, limits: Limits): number {
  if (rotation.status === 'ROTATING') return silentFrom(rotation, limits)
  const closes = Date.parse(rotation.scheduledAt) + limits.windowSeconds * 1_000
  return Math.max(closes, silentFrom(rotation, limits)) + limits.timeoutSeconds * 1_000
}

/** When the last transition was written (epoch ms). */
export function lastSign({ events, claimedAt }: Rotation): number {
  return Date.parse(events.at(-1)?.at ?? claimedAt)
}

function startOf(rotation: Rotation): number {
  const { startedAt } = rotation
  return startedAt === undefined ? lastSign(rotation) : Date.parse(startedAt)
}

function hooksMs(hooks: Hook[] = []): number {
  return hooks.reduce((sum, hook) => sum + HOOK_TRIES * (hook.timeoutSeconds * 1_000 + HOOK_PAUSE_MS), 0)
}
