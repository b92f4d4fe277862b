import type { RefusedByAws } from '../aws/refusal.ts'
import type { Refusal } from '../model/reasons.ts'
import { backoff } from '../steps/backoff.ts'
import type { StepConfig } from '../steps/steps.ts'
import type { GateInputs } from './gate.ts'

/** For the ledger: tried for about a quarter of an hour; then the execution fails, and the audit finds the gap. */
export const ledgerRetry: StepConfig = {
  retryStrategy: (_error, attempt) =>
    attempt < 20 ? { shouldRetry: true, delay: { seconds: backoff(attempt, 60) } } : { shouldRetry: false },
}

/** For what must be done inside the window: tried until the step itself gives up, by `timeForAnother`. */
export const windowRetry: StepConfig = {
  retryStrategy: (_error, attempt) => ({ shouldRetry: true, delay: { seconds: pauseAfter(attempt) } }),
}

/** Whether the next try will still be inside the window. `now`: epoch ms. */
export function timeForAnother(
  { scheduledAt, windowSeconds }: Pick<GateInputs, 'scheduledAt' | 'windowSeconds'>,
  attempt: number,
  now: number,
): boolean {
  return now + pauseAfter(attempt) * 1_000 < scheduledAt + windowSeconds * 1_000
}

function pauseAfter(attempt: number): number {
  return backoff(attempt, 30)
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

/** The refusal, where it has come at as many tries as it takes to be final; else throws NotYet, so that there is another. */
export function refusalOrRetry({ refusal, tries = 1 }: RefusedByAws, attempt: number): Refusal {
  if (attempt < tries) throw new NotYet(refusal)
  return refusal
}

/**
 * Between calls of one try: doubles from 200 ms, and is half to one and a half times that by the rotation's id, so that a
 * wave's calls do not come again together.
 */
export function pauseMs(rotationId: string, sending: number): number {
  const part = Number.parseInt(rotationId.slice(sending - 1, sending + 3), 16) / 0xffff
  return Math.round(200 * 2 ** (sending - 1) * (0.5 + part))
}
