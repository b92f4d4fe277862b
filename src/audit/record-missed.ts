import type { Finding } from '../model/finding.ts'
import { rotationIdOf } from '../model/identity.ts'
import { REASONS, type Refusal } from '../model/reasons.ts'
import { iso } from '../model/time.ts'
import { claimOf } from '../rotation/claim.ts'
import { notifyTransitions } from '../rotation/notify.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { AUDIT } from './occurrences.ts'
import type { AuditPorts } from './ports.ts'

/** Records what became of a secret that was asked for, unless somebody was quicker; what was MISSED is a finding. */
export async function recordMissed(
  secret: string,
  wave: Wave | UnresolvedWave,
  outcome: Refusal,
  ports: AuditPorts,
): Promise<Finding[]> {
  const rotationId = rotationIdOf(wave.name, secret, wave.occasion)
  const at = iso(ports.now())
  const claim = claimOf(rotationId, secret, wave, { ...ports, executionArn: AUDIT })
  const { status } = REASONS[outcome.reason]
  const rotation = await ports.ledger.record(claim, { ...outcome, status, at, settledAt: at })
  if (rotation.status === 'SKIPPED' && rotation.executionArn === AUDIT)
    await notifyTransitions(rotation, ports)
  if (rotation.status !== 'MISSED') return []
  const message = `${wave.name} of ${wave.scheduledAt}: ${rotation.message ?? ''}`
  return [{ kind: 'MISSED', key: rotationId, schedule: wave.name, secret, rotationId, message }]
}
