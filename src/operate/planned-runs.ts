import { withAws } from '../aws/with-aws.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { type Exception, isMoved } from '../model/exception.ts'
import { provedExceptions, provedRequests } from '../report/proved.ts'
import { readPlanned } from '../report/readings.ts'
import { recordsOf } from '../runtime/records.ts'
import { exceptionsBetween } from './exceptions.ts'

/** The runs on demand to come (`now`: epoch ms). Throws CannotDo. */
export function plannedRuns(
  stage: string,
  now: number,
  limits: { giveUpMs?: number } = {},
): Promise<KeptRequest[]> {
  const { requests } = recordsOf(stage)
  return withAws('read what is planned', () => readPlanned(requests, now), limits)
}

/** What `cancel` takes back, with whose it is. What is moved is among the runs. `now`: epoch ms. Throws CannotDo. */
export async function plannedAndSkipped(stage: string, now: number): Promise<(KeptRequest | Exception)[]> {
  const { callers } = recordsOf(stage)
  const runs = (await plannedRuns(stage, now)).filter(({ state }) => state === 'PLANNED')
  const coming = await exceptionsBetween(stage, { from: now, to: Number.POSITIVE_INFINITY })
  const skipped = coming.filter((it) => !isMoved(it))
  return withAws('read whose they are', async () => [
    ...(await provedRequests(runs, callers, now)),
    ...(await provedExceptions(skipped, callers, now)),
  ])
}
