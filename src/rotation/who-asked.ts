import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import type { UnresolvedWave, Wave } from './wave.ts'

/**
 * The wave with who asked for it on demand: not as its request says, which others may write, but as `rotateNow` has kept
 * it once STS had said whose signature it was.
 */
export async function whoAsked<Some extends Wave | UnresolvedWave>(
  steps: Steps,
  wave: Some,
  ports: Ports,
): Promise<Some> {
  const { trigger, occasion, asked } = wave
  if (trigger !== 'ON_DEMAND') return wave
  const kept = await steps.step(
    'who asked',
    async () => (await ports.callers.get({ deed: 'run', id: occasion })) ?? null,
    ledgerRetry,
  )
  if (kept === null) return wave
  if (kept.asked === asked) return { ...wave, caller: kept.caller }
  return { ...wave, caller: { notProved: `what was asked for as ${occasion} was something else` } }
}
