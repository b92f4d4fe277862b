import type { Rotation } from '../model/rotation.ts'
import type { Ports } from './ports.ts'

/**
 * Starts handing over what has succeeded, by its id once. Never rejects: what cannot be started now the audit starts, and
 * no outcome waits for it.
 */
export async function startHandover(
  { rotationId, handover }: Pick<Rotation, 'rotationId' | 'handover'>,
  ports: Pick<Ports, 'startHandover' | 'log'>,
): Promise<void> {
  if (handover?.status !== 'RUNNING' || !ports.startHandover) return
  try {
    await ports.startHandover(rotationId)
  } catch (error) {
    ports.log('could not hand over', { rotationId, error: String(error) })
  }
}
