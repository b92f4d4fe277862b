import { waveIdOf } from '../model/identity.ts'
import type { Refusal } from '../model/reasons.ts'
import type { Ports } from './ports.ts'

/** Why nothing new of a wave is launched any more: as many of its rotations went wrong as `maxErrors` allows. */
export async function errorLimitReached(
  ports: Ports,
  wave: { name: string; occasion: string; maxErrors?: number | undefined },
): Promise<Refusal | undefined> {
  if (wave.maxErrors === undefined) return undefined
  const { failed = [] } = (await ports.waves.get(waveIdOf(wave))) ?? {}
  if (failed.length < wave.maxErrors) return undefined
  return {
    reason: 'WAVE_STOPPED',
    message: `${failed.length} rotations of this wave went wrong before it was launched`,
  }
}
