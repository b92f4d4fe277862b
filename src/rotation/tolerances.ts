import { withTimeLimit } from '../aws/time-limit.ts'
import type { Log } from '../model/log-lines.ts'
import { DEFAULT_TOLERANCES, type Tolerances } from '../model/tolerances.ts'

/** Facts are worth no more than that of a rotation's time. */
const PATIENCE_MS = 1_000

/** Whoever goes by what was seen of this account. */
export type TolerancePorts = {
  /** Reads what was seen of this account. */
  readTolerances(): Promise<Tolerances>
  log: Log
}

/** What was seen of this account; where that cannot be read, the defaults. Never rejects. */
export async function tolerancesHere({ readTolerances, log }: TolerancePorts): Promise<Tolerances> {
  try {
    return await withTimeLimit(PATIENCE_MS, `no answer in ${PATIENCE_MS / 1_000} s`, readTolerances)
  } catch (error) {
    log('could not read the facts', { error: String(error) })
    return DEFAULT_TOLERANCES
  }
}
