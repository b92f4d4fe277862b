import { exceptionDeed } from '../model/deeds.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import type { UnresolvedWave, Wave } from './wave.ts'

/**
 * The wave with who asked for it on demand, or moved it here: not as its request says, which others may write, but as
 * `rotateNow` or the audit has kept it once STS had said whose signature it was.
 */
export async function whoAsked<Some extends Wave | UnresolvedWave>(
  steps: Steps,
  wave: Some,
  ports: Ports,
): Promise<Some> {
  const { trigger, occasion, asked, moved } = wave
  if (trigger !== 'ON_DEMAND' && moved === undefined) return wave
  const deed = moved ? moveOf(wave, moved) : { deed: 'run' as const, id: occasion }
  const kept = await steps.step('who asked', async () => (await ports.callers.get(deed)) ?? null, ledgerRetry)
  if (moved)
    return { ...wave, caller: kept?.caller ?? { notProved: 'the audit had seen no proof of the move' } }
  if (kept === null) return wave
  if (kept.asked === asked) return { ...wave, caller: kept.caller }
  return { ...wave, caller: { notProved: `what was asked for as ${occasion} was something else` } }
}

/** As it was signed: of another move, by another name or for another reason, there is no proof. */
function moveOf(
  { name: schedule, scheduledAt, requester: by, requestReason: reason }: Wave | UnresolvedWave,
  { from, id }: NonNullable<Wave['moved']>,
) {
  return exceptionDeed({ id, schedule, scheduledAt: from, movedTo: scheduledAt, by, reason })
}
