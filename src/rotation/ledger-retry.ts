import { backoff } from '../steps/backoff.ts'
import type { StepConfig } from '../steps/steps.ts'

/** For the ledger: tried for about a quarter of an hour; then the execution fails, and the audit finds the gap. */
export const ledgerRetry: StepConfig = {
  retryStrategy: (_error, attempt) =>
    attempt < 20 ? { shouldRetry: true, delay: { seconds: backoff(attempt, 60) } } : { shouldRetry: false },
}
