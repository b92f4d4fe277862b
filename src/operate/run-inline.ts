import { hostname } from 'node:os'
import { DENIED_HINT, withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { type Ports, portsAt } from '../rotation/ports.ts'
import { keepRequest } from '../rotation/rotate-now.ts'
import type { Asked } from '../rotation/rotate-now-event.ts'
import { runWave } from '../rotation/run-wave.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { type WaveEnd, WaveFailed } from '../rotation/wave-end.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { openPorts } from '../runtime/open-ports.ts'
import { inlineSteps } from '../steps/inline.ts'
import { OperationError } from '../steps/meaning.ts'
import type { Followed } from './follow-wave.ts'
import { operatorAtAws } from './operator.ts'
import type { Onlooker } from './progress.ts'

/** Rotates in this process, instead of in the deployed function. Throws CannotDo. */
export async function runInline(asked: Asked, config: Config, { now, note }: Onlooker): Promise<Followed> {
  const ports = openPorts(config, undefined, { purpose: 'rotates' })
  const requester = await operatorAtAws()
  const { kept, request } = await withAws('keep the request', () =>
    keepRequest({ ...asked, requester }, { config, now: now(), requests: ports.requests }, { plans: false }),
  )
  const { requestId } = request
  if (kept.state === 'PLANNED') {
    throw new CannotDo(`${requestId} is planned for ${kept.scheduledAt}`, {
      hint: 'the stage will start it; ask with another --request-id, or none, to rotate here',
    })
  }
  const log = (message: string, fields: object) => note(JSON.stringify({ message, ...fields }))
  const here = {
    ...ports,
    executionArn: `process:${hostname()}:${process.pid}:${requestId}`,
    // Whoever runs it in a process of their own is told by that process.
    notify: async () => {},
    log,
  }
  const wave = waveOf(request, config)
  await lookFirst(wave, here)
  const steps = inlineSteps({
    retried: (step, error, seconds) => log('to be tried again', { step, seconds, error: String(error) }),
  })
  const ended = await withAws('rotate', () => endDespiteFailure(runWave(steps, wave, here)), {
    giveUpMs: Number.POSITIVE_INFINITY,
  })
  for (const it of ended.failed) note(oneLine(it))
  return followedOf(ended)
}

/** A wave of which something failed has an end all the same: what came of the rest is to be told. */
export async function endDespiteFailure(running: Promise<WaveEnd>): Promise<WaveEnd> {
  try {
    return await running
  } catch (error) {
    if (error instanceof WaveFailed) return error.end
    // What a step met, not the step: withAws knows what helps against it.
    throw error instanceof OperationError ? error.cause : error
  }
}

/** What has no outcome yet counts, or it would look like a success. */
export function followedOf({ rotations, unended, refused }: WaveEnd): Followed {
  const seen = rotations.map(({ rotation }) => rotation)
  return { secrets: seen.length + unended, rotations: seen, ...(refused && { refused: refused.message }) }
}

/**
 * A workflow waits, as long as its window lets it, for what IAM and networks may yet mend. Whoever sits before it has
 * other credentials, or another region, than they think: what the first look is refused is told at once.
 */
async function lookFirst(wave: Wave | UnresolvedWave, ports: Ports): Promise<void> {
  const { secrets } = portsAt(ports, wave.place)
  if ('select' in wave) {
    await withAws('list the secrets', () => secrets.list(wave.select))
    return
  }
  const [first] = wave.secrets
  if (first === undefined) return
  const seen = await withAws(`look at "${first}"`, () => secrets.describe(first))
  if ('refusal' in seen && seen.refusal.reason === 'ACCESS_DENIED')
    throw new CannotDo(`could not look at ${seen.refusal.message}`, { hint: DENIED_HINT })
}
