import { heldAt } from '../model/hold.ts'
import type { Refusal } from '../model/reasons.ts'
import { gate } from '../rotation/gate.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { atTheInstant } from './judge.ts'
import { withHolds } from './occurrences.ts'
import type { AuditPorts } from './ports.ts'

/**
 * What a punctual run on demand would have come to, of each of these secrets that no run has come to: what a freeze or a
 * hold would have stopped is SKIPPED, and was not missed. Else `missed`.
 */
export async function punctual(
  wave: Wave | UnresolvedWave,
  secrets: string[],
  missed: Refusal,
  ports: AuditPorts,
): Promise<{ secret: string; outcome: Refusal }[]> {
  const target = { ...wave, scheduledAt: Date.parse(wave.scheduledAt) }
  const lacking = await withHolds(wave.name, secrets, wave.scheduledAt, ports)
  return lacking.map(({ secret, holds }) => {
    const then = heldAt(holds, wave.scheduledAt)
    const barred = gate(target, ports.config, then, target.scheduledAt)
    return {
      secret,
      outcome: barred ? atTheInstant(barred) : missed,
    }
  })
}
