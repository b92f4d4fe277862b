import type { FollowState } from './follow-version.ts'
import { replicaWarning } from './follow-version.ts'
import type { Wave } from './wave.ts'

/**
 * What is not well about a rotation that succeeded: what it means, and what to do. Told as failures are.
 * Decision 0085.
 */
export const CONCERNS = {
  STARTED_LATE: {
    meaning: 'It has `precision: second`, and started more than a second after its instant.',
    remedy:
      'See what came late: the delivery, AWS’s answers, or this stage’s concurrency of Lambda. The message has the time.',
  },
  REPLICAS_STALE: {
    meaning: 'The secret has rotated, and a replica of it does not have the new value.',
    remedy:
      'Whoever reads it in that region has the old password. See `aws secretsmanager describe-secret`, then `replicate-secret-to-regions --force-overwrite-replica-secret`.',
  },
} as const

export type Concern = keyof typeof CONCERNS

/** Later than that is not the second that was promised: a start is exact to some milliseconds (docs/benchmarks.md). */
const PRECISE_MS = 1_000

/**
 * What a success is not to keep quiet about. `inTurn`: its turn in the wave came at the instant; the others wait for
 * `concurrency`, as their schedule has it. A start that was not observed is not judged.
 */
export function concernsOf(
  { trigger, schedule, scheduledAt }: Pick<Wave, 'trigger' | 'schedule' | 'scheduledAt'>,
  { startedAt, seen, inTurn }: { startedAt: number | undefined; seen: FollowState; inTurn: boolean },
): { concerns: Concern[]; message: string } | undefined {
  const lateMs = (startedAt ?? 0) - Date.parse(scheduledAt)
  // Where an objective says how late is late, the audit tells by that.
  const isPrecise = schedule?.precision === 'second' && schedule.objective === undefined
  const exact = trigger === 'SCHEDULE' && isPrecise && inTurn
  const late =
    exact && lateMs > PRECISE_MS ? `started ${(lateMs / 1_000).toFixed(1)} s after its instant` : undefined
  const stale = replicaWarning(seen)
  if (late === undefined && stale === undefined) return undefined
  return {
    concerns: [
      ...(late === undefined ? [] : (['STARTED_LATE'] as const)),
      ...(stale === undefined ? [] : (['REPLICAS_STALE'] as const)),
    ],
    message: [late, stale].filter((it) => it !== undefined).join('; '),
  }
}
