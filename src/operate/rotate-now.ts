import { randomUUID } from 'node:crypto'
import { proveCaller } from '../aws/prove-caller.ts'
import { invoke } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { AwsFailed, CannotDo } from '../model/errors.ts'
import { namesOf } from '../model/resource-names.ts'
import { dryRunAnswer, onDemandRequest, type RotateNowAnswer } from '../rotation/rotate-now.ts'
import { parseRotateNow, type RotateNowEvent } from '../rotation/rotate-now-event.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { operator, operatorAtAws } from './operator.ts'

/** A request of whoever is at the keyboard. Its id is chosen here: an invocation that the SDK repeats is still one request. */
export function createRequest(
  asked: Omit<RotateNowEvent, 'requester'>,
): RotateNowEvent & { requestId: string } {
  return { ...asked, requestId: asked.requestId ?? randomUUID(), requester: operator() }
}

/** The request checked against the local config: what would be started. `now`: epoch ms. Throws RequestError. */
export function checkRotateNow(event: RotateNowEvent, config: Config, now: number): RotateNowAnswer {
  return dryRunAnswer(parseRotateNow(event), { config, now })
}

/** Starts it through the deployed function, once the local config has nothing against it. Throws CannotDo. */
export async function invokeRotateNow(event: RotateNowEvent, config: Config): Promise<RotateNowAnswer> {
  // Not its instant: what was asked for before is answered as it was then.
  waveOf(onDemandRequest(parseRotateNow(event), 0), config)
  try {
    const claimed = { ...event, requester: await operatorAtAws() }
    return await invokeProved(claimed, config)
  } catch (error) {
    if (!(error instanceof AwsFailed) || event.requestId === undefined) throw error
    // A lost answer may be that of a start: whoever asks anew, with another id, rotates twice.
    const again = `asked again with --request-id ${event.requestId}, it starts once`
    throw new AwsFailed(error.message, { hint: [error.hint, again].filter(Boolean).join('; '), cause: error })
  }
}

/** With a proof of who asks, unless the stage is of the release before, which knows none and has done nothing. */
async function invokeProved(event: RotateNowEvent, { stage }: Config): Promise<RotateNowAnswer> {
  const ask = (sent: RotateNowEvent) =>
    invoke(namesOf(stage).rotateNowFunction, sent) as Promise<RotateNowAnswer>
  const { requestId: id } = event
  const { proof, why = 'no requestId' } =
    id === undefined ? {} : await proveCaller({ stage, deed: 'run', id })
  if (proof === undefined)
    return { ...(await ask(event)), caller: { notProved: `it was not signed: ${why}` } }
  try {
    return await ask({ ...event, proof })
  } catch (error) {
    if (!(error instanceof CannotDo && /unknown key "proof"/.test(error.message))) throw error
    const caller = { notProved: 'the stage is of an earlier release' }
    return { ...(await ask(event)), caller }
  }
}
