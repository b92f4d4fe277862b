import { backoff } from '../steps/backoff.ts'
import type { GateInputs } from './gate.ts'

const MOST_SECONDS = 30

/** Seconds to the next try of what must be done inside the window. */
export const startRetry = (_error: Error, attempt: number) => ({
  shouldRetry: true as const,
  delay: { seconds: backoff(attempt, MOST_SECONDS) },
})

/** Whether the next try will still be inside the window. `now`: epoch ms. */
export function timeForAnother(
  { scheduledAt, windowSeconds }: Pick<GateInputs, 'scheduledAt' | 'windowSeconds'>,
  attempt: number,
  now: number,
): boolean {
  return now + backoff(attempt, MOST_SECONDS) * 1_000 < scheduledAt + windowSeconds * 1_000
}
