import { FunctionFailed } from '../aws/invoke-hook.ts'
import { notNow } from '../aws/not-now.ts'
import { mayHaveHadEffect } from '../aws/refusal.ts'
import { atDoor, messageOf } from '../model/text.ts'
import { MINUTE } from '../model/time.ts'
import type { Progress, Refresh } from './ports.ts'

/** Times that a function is called which fails, or whose answer gets lost: it knows by the rotation's id that it was before. */
const MOST_CALLS = 3
const ANSWER_MS = 5 * MINUTE

/** A Lambda function of the user's: called with the rotation's id, and no value. Its answer is how the consumer stands. */
export async function refreshFunction(refresh: Refresh): Promise<Progress> {
  const { name, rotation, consumer, ports } = refresh
  const { rotationId, schedule, secret, secretArn, versionId, rotatedAt } = rotation
  const calls = (consumer.sent ?? 0) + 1
  if (calls > MOST_CALLS)
    return { state: 'UNKNOWN', detail: `called ${MOST_CALLS} times, and no answer was seen` }
  if (!(await refresh.mayAsk())) return { state: 'REFRESHING', detail: 'somebody else has called it' }
  try {
    const event = { rotationId, schedule, secret, secretArn, versionId, rotatedAt, consumer: consumer.id }
    const answer = await ports.invoke(name, event, ANSWER_MS)
    const { ok, reason } = (answer ?? {}) as { ok?: unknown; reason?: unknown }
    if (ok === false) return { state: 'FAILED', detail: atDoor(reason ?? 'it answered no', 300) }
    return { state: 'FRESH', detail: 'its function has answered' }
  } catch (error) {
    // It has not been called: another step may, as long as one that is to be refreshed has.
    if (!(error instanceof FunctionFailed) && !mayHaveHadEffect(error) && notNow(error))
      throw Object.assign(error as object, { unasked: true })
    const detail = `call ${calls}: ${atDoor(messageOf(error), 300)}`
    if (calls < MOST_CALLS) return { state: 'REFRESHING', detail }
    // An answer that is lost, or cannot be read, does not say that it did not run.
    return {
      state: error instanceof FunctionFailed || !mayHaveHadEffect(error) ? 'FAILED' : 'UNKNOWN',
      detail,
    }
  }
}
