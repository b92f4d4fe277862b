import type { Config } from '../config/config.ts'
import type { StageSettings } from '../config/stage-settings.ts'

/** osls's names of what Lambda keeps for a function. */
type Capacity = { maximumEventAge?: number; reservedConcurrency?: number }

/** What Lambda allows, seconds. Source: API reference, PutFunctionEventInvokeConfig. */
const LEAST_AGE = 60
const MOST_AGE = 21_600

/**
 * Where Lambda is full, it keeps what Scheduler has delivered and tries again, for hours. Past the longest window
 * nothing of it may start, and a crowd of late ones would take what capacity there is from those that are due: then they
 * go to the dead letters, and the audit writes what was missed. With capacity reserved for the orchestrator, the audit
 * has one too: it makes good what waits.
 */
export function capacityOf(
  { schedules }: Config,
  { reservedConcurrency }: Pick<StageSettings, 'reservedConcurrency'>,
): { rotate: Capacity; audit: Capacity } {
  const longest = Math.max(LEAST_AGE, ...schedules.map(({ windowSeconds }) => windowSeconds))
  const reserved = (count: number): Capacity =>
    reservedConcurrency === undefined ? {} : { reservedConcurrency: count }
  return {
    rotate: { maximumEventAge: Math.min(MOST_AGE, longest), ...reserved(reservedConcurrency ?? 0) },
    audit: reserved(1),
  }
}
