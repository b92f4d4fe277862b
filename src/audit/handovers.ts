import { HANDING_OVER } from '../ledger/ledger.ts'
import { type Finding, handoverFinding } from '../model/finding.ts'
import { isUnwell } from '../model/handover.ts'
import type { Rotation } from '../model/rotation.ts'
import { MINUTE } from '../model/time.ts'
import { startHandover } from '../rotation/start-handover.ts'
import type { AuditRun } from './ports.ts'

/** Most that one run looks at. */
const MOST = 500

/** A handover that has begun is at work in this time. */
const BEGUN_MS = 2 * MINUTE

/**
 * Handovers that have not ended: one that nobody seems to have taken up is started, which is once for a rotation; one that
 * is past its limit is ended as PARTIAL, with a finding.
 */
export async function attendHandovers(ports: AuditRun): Promise<Finding[]> {
  const findings: Finding[] = []
  let looked = 0
  for await (const rotation of ports.ledger.query('unsettled', HANDING_OVER, { oldestFirst: true })) {
    if (looked++ >= MOST || ports.now() >= ports.deadline) break
    findings.push(...(await attendHandover(rotation, ports).catch(ports.failed)))
  }
  return findings
}

async function attendHandover(rotation: Rotation, ports: AuditRun): Promise<Finding[]> {
  const { rotationId, handover } = rotation
  if (handover === undefined) return []
  const { consumers, until } = handover
  if (ports.now() > Date.parse(until)) {
    const ended = await ports.ledger.endHandover(rotationId, 'PARTIAL')
    return ended.handover && isUnwell(ended.handover) ? [handoverFinding(ended, ended.handover)] : []
  }
  const untouched = consumers.every(
    ({ state, since }) => state === 'WAITING' && ports.now() - Date.parse(since) > BEGUN_MS,
  )
  if (untouched) await startHandover(rotation, ports)
  return []
}
