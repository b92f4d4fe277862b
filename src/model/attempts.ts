import type { HookLimits } from './hooks.ts'
import type { Limits, ReportedFailure, Rotation } from './rotation.ts'

/** More than these and a window of half an hour is over, pauses included. */
export const MOST_RETRIES = 3

/** Between the end of an attempt and the next one, seconds: a minute, then twice as long each time. `ended`: attempts so far. */
export function pauseSeconds(ended: number): number {
  return 60 * 2 ** (ended - 1)
}

/** Most seconds from the start of the first attempt to the end of the last, but for after-hooks, were the window as long. */
export function attemptsSeconds({ timeoutSeconds, retries = 0, beforeSeconds = 0 }: Limits): number {
  let seconds = timeoutSeconds
  for (let ended = 1; ended <= retries; ended++)
    seconds += pauseSeconds(ended) + beforeSeconds + timeoutSeconds
  return seconds
}

/** Whether a run that lives may still send another one, as far as their number goes. */
export function mayTryAgain({ attempts }: Pick<Rotation, 'attempts'>, { retries = 0 }: Limits): boolean {
  return (attempts?.length ?? 1) <= retries
}

/** When its last attempt was sent, ISO; undefined where that is the first one, whose instant is `startedAt`. */
export function lastSentAt({ attempts = [] }: Pick<Rotation, 'attempts'>): string | undefined {
  return attempts.length > 1 ? attempts.at(-1)?.sentAt : undefined
}

/** What AWS has reported of its last attempt's failing: what it said of an earlier one is over. Events have whole seconds. */
export function failureOf(
  rotation: Pick<Rotation, 'failure' | 'attempts'>,
  sentAt = lastSentAt(rotation),
): ReportedFailure | undefined {
  const { failure } = rotation
  const isOver = failure && sentAt !== undefined && Date.parse(failure.at) + 1_000 <= Date.parse(sentAt)
  return isOver ? undefined : failure
}

/** What its before-hooks may take again before a later attempt, ms. */
export function beforeMs({ beforeSeconds = 0 }: HookLimits): number {
  return beforeSeconds * 1_000
}
