import type { Schedule } from '../config/config.ts'
import type { Finding } from '../model/finding.ts'
import { waveIdOf } from '../model/identity.ts'
import { iso } from '../model/time.ts'
import type { AuditPorts } from './ports.ts'

/** A catch-up that came to nothing is started again in the next slot; two audits in one slot start the same. */
const SLOT_MS = 600_000

/**
 * Starts the orchestrator for exactly this occurrence. Its rotations have the identity that they always had: what a
 * late delivery finds is a claim, and what an earlier run has settled stays.
 */
export async function catchUp(schedule: Schedule, instant: number, ports: AuditPorts): Promise<Finding> {
  const scheduledAt = iso(instant)
  const waveId = waveIdOf({ name: schedule.name, occasion: scheduledAt })
  const slot = Math.floor(ports.now() / SLOT_MS)
  const { execution } = await ports.start(`catch-up-${slot}-${waveId}`, {
    schedule: schedule.name,
    scheduledAt,
    catchUp: true,
  })
  return {
    kind: 'CAUGHT_UP',
    key: `catch-up ${waveId}`,
    schedule: schedule.name,
    message: `no run of ${scheduledAt} had started, or it has died: it is caught up${execution ? ` by ${execution}` : ''}`,
  }
}
