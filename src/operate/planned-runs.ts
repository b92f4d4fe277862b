import { withAws } from '../aws/with-aws.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { readPlanned } from '../report/readings.ts'
import { recordsOf } from '../runtime/records.ts'
import { operatorAtAws } from './operator.ts'

/** The runs on demand that are planned. Throws CannotDo. */
export function plannedRuns(stage: string, limits: { giveUpMs?: number } = {}): Promise<KeptRequest[]> {
  const { requests } = recordsOf(stage)
  return withAws('read what is planned', () => readPlanned(requests), limits)
}

/**
 * Takes a planned run back for whoever is at the keyboard. The request as it then stands: CANCELLED, unless it had
 * started or was over; undefined where there is none. `now`: epoch ms. Throws CannotDo.
 */
export async function cancelRun(
  stage: string,
  requestId: string,
  reason: string | undefined,
  now: number,
): Promise<KeptRequest | undefined> {
  const { requests } = recordsOf(stage)
  const event = {
    ...{ at: iso(now), state: 'CANCELLED' as const, by: atDoor(await operatorAtAws()) },
    ...(reason !== undefined && { reason: atDoor(reason) }),
  }
  return withAws('cancel it', () => requests.move(requestId, ['PLANNED'], event))
}
