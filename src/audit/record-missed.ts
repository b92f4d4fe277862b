import type { Finding } from '../model/finding.ts'
import { bindingOn, type Hold, heldAt, scopesOver } from '../model/hold.ts'
import { rotationIdOf } from '../model/identity.ts'
import { REASONS, type Refusal } from '../model/reasons.ts'
import { iso } from '../model/time.ts'
import { claimOf } from '../rotation/claim.ts'
import { gate } from '../rotation/gate.ts'
import { notifyTransitions } from '../rotation/notify.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { atTheInstant } from './judge.ts'
import type { AuditPorts } from './ports.ts'

/** Stands for the execution in records that no run has made. */
const AUDIT = 'audit'

/** Records what became of a secret that no run has come to, unless somebody was quicker; MISSED is a finding. */
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
  // Missed ones go out with the findings.
  if (rotation.status === 'SKIPPED' && rotation.executionArn === AUDIT)
    await notifyTransitions(rotation, ports)
  // Somebody may have been quicker: then theirs is the outcome.
  if (rotation.status !== 'MISSED') return []
  const message = `${wave.name} of ${wave.scheduledAt}: ${rotation.message ?? ''}`
  return [{ kind: 'MISSED', key: rotationId, schedule: wave.name, secret, rotationId, message }]
}

/**
 * Records what became of each of these secrets of a wave on demand, which no run has come to: what a freeze or a hold
 * would have stopped at its instant is SKIPPED, and was not missed. Else `missed`.
 */
export async function recordNeverRun(
  wave: Wave | UnresolvedWave,
  secrets: string[],
  missed: Refusal,
  ports: AuditPorts,
): Promise<Finding[]> {
  const target = { ...wave, scheduledAt: Date.parse(wave.scheduledAt) }
  const findings: Finding[] = []
  for (const { secret, holds } of await withHolds(wave.name, secrets, wave.scheduledAt, ports)) {
    const then = heldAt(bindingOn(wave, holds), wave.scheduledAt)
    const barred = gate(target, ports.config, then, target.scheduledAt)
    const outcome = barred ? atTheInstant(barred) : missed
    findings.push(...(await recordMissed(secret, wave, outcome, ports)))
  }
  return findings
}

/** Each secret with the holds over it that were in force at its instant (ISO) or later. */
export async function withHolds(
  schedule: string,
  secrets: string[],
  instant: string,
  ports: AuditPorts,
): Promise<{ secret: string; holds: Hold[] }[]> {
  const scopes = scopesOver(schedule, secrets)
  const holds = secrets.length > 0 ? await ports.holds.since(scopes, instant) : []
  return secrets.map((secret) => {
    const over = scopesOver(schedule, [secret])
    return { secret, holds: holds.filter(({ scope }) => over.includes(scope)) }
  })
}
