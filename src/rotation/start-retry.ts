import type { RefusedByAws } from '../aws/refusal.ts'
import type { Refusal } from '../model/reasons.ts'
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

/** A refusal that a later try may not meet any more: see `RefusedByAws`. */
export class NotYet extends Error {
  override readonly name = 'NotYet'
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** The refusal where it is to be believed at this try; else throws, so that there is another. */
export function believed({ refusal, tries = 1 }: RefusedByAws, attempt: number): Refusal {
  if (attempt < tries) throw new NotYet(refusal)
  return refusal
}
