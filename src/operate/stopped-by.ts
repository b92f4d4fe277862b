import { withAws } from '../aws/with-aws.ts'
import { callerText } from '../model/caller.ts'
import { exceptionText } from '../model/exception.ts'
import { scopesOver } from '../model/hold.ts'
import type { Rotation } from '../model/rotation.ts'
import { provedExceptions, provedHolds } from '../report/proved.ts'
import { recordsOf } from '../runtime/records.ts'

/**
 * Who kept a rotation from starting, by their own word and by STS's: of a hold, a skip or a move that its message names.
 * Undefined where nobody did, or the ledger has it no more. `now`: epoch ms. Throws CannotDo.
 */
export async function stoppedBy(
  { reason, message = '', schedule, secret, scheduledAt }: Rotation,
  stage: string,
  now: number,
): Promise<string | undefined> {
  const { holds, exceptions, callers } = recordsOf(stage)
  if (reason === 'SKIPPED_ONCE')
    return withAws('read who skipped it', async () => {
      const standing = await exceptions.at(schedule, scheduledAt)
      if (standing === undefined || !message.includes(`(exception ${standing.id})`)) return undefined
      return (await provedExceptions([standing], callers, now)).map(exceptionText)[0]
    })
  if (reason !== 'HELD') return undefined
  return withAws('read who held it', async () => {
    // Each by itself: who reads one rotation may have no right to batches.
    const over = await Promise.all(
      scopesOver(schedule, [secret]).map((scope) => holds.since([scope], scheduledAt)),
    )
    const named = over.flat().filter(({ id }) => message.includes(`(hold ${id}`))
    return (await provedHolds(named, callers, now)).map(
      ({ by, caller }) => `${by}${caller ? ` (${callerText(caller)})` : ''}`,
    )[0]
  })
}
