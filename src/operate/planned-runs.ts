import { withAws } from '../aws/with-aws.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { readPlanned } from '../report/readings.ts'
import { recordsOf } from '../runtime/records.ts'

/** The runs on demand that are planned. Throws CannotDo. */
export function plannedRuns(stage: string, limits: { giveUpMs?: number } = {}): Promise<KeptRequest[]> {
  const { requests } = recordsOf(stage)
  return withAws('read what is planned', () => readPlanned(requests), limits)
}
