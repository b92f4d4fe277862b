import type { Schedule } from '../config/config.ts'
import type { Trigger } from '../ledger/rotation.ts'
import type { Steps } from '../steps/steps.ts'
import { secretNameOf } from './identity.ts'
import { type Ended, rotateSecret } from './rotate-secret.ts'
import type { World } from './world.ts'

/** The rotations of one occurrence over its secrets. */
export type Wave = {
  /** The schedule's name, or `on-demand` where single secrets were asked for. */
  name: string
  schedule?: Schedule | undefined
  secrets: string[]
  /** ISO instant, UTC. */
  scheduledAt: string
  /** What makes it happen once: the scheduled instant, or an on-demand request's id. */
  occasion: string
  trigger: Trigger
  requester?: string | undefined
  requestReason?: string | undefined
  windowSeconds: number
  timeoutSeconds: number
  concurrency: number
}

/** Rotates every secret of a wave, `concurrency` at once, in order. One that fails never stops another's outcome. */
export async function runWave(steps: Steps, wave: Wave, world: World): Promise<Ended[]> {
  const ended = await steps.map(
    'wave',
    wave.secrets,
    (inner, secret) => rotateSecret(inner, secret, wave, world),
    { maxConcurrency: wave.concurrency, itemNamer: secretNameOf },
  )
  ended.throwIfError()
  return ended.getResults()
}
