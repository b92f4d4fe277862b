import { type LostRunPorts, settleLostRun } from '../audit/lost-runs.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Finding, NotifyFindings } from '../model/finding.ts'
import { placeIn } from '../model/limits.ts'
import type { Rotation, RunEnd } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { type TolerancePorts, tolerancesHere } from '../rotation/tolerances.ts'
import { eventInstant, partsOf } from './observation.ts'

/**
 * How executions end without having done their work. PAUSED, and whatever Lambda may name besides, is no end.
 * Source: Lambda Developer Guide, durable-monitoring.
 */
export const BAD_ENDS = ['FAILED', 'TIMED_OUT', 'STOPPED'] as const

/** What Lambda sends of durable executions: source and detail type of its events. */
export const EXECUTION_EVENTS = {
  source: 'aws.lambda',
  detailType: 'Durable Execution Status Change',
} as const

/**
 * Reads an event of EventBridge; undefined where it is not about an execution's bad end. Nothing is taken for granted.
 */
export function runEndIn(event: unknown): RunEnd | undefined {
  const { source, detail, time, 'detail-type': type } = partsOf(event)
  if (source !== EXECUTION_EVENTS.source || type !== EXECUTION_EVENTS.detailType) return undefined
  const { durableExecutionArn: executionArn, endTimestamp, ...said } = partsOf(detail)
  const status = BAD_ENDS.find((it) => it === said.status)
  const at = stampIn(endTimestamp) ?? eventInstant(time)
  if (status === undefined || typeof executionArn !== 'string' || at === undefined) return undefined
  return { executionArn, status, at }
}

/** ISO, or epoch seconds or milliseconds: how `endTimestamp` is written is not documented. */
function stampIn(value: unknown): string | undefined {
  if (typeof value !== 'number') return eventInstant(value)
  const ms = value < 1e11 ? value * 1_000 : value
  return ms > 0 && ms < 1e13 ? iso(ms) : undefined
}

export type RunEndPorts = LostRunPorts &
  TolerancePorts & {
    ledger: Pick<Ledger, 'query' | 'noteEnd' | 'transition'>
    notifyFindings: NotifyFindings
  }

/**
 * An execution has ended badly: what it has left without an outcome is noted as such, so that nobody waits for its
 * silence. It is settled now where the secret already shows how it ended; where that has yet to come (Secrets Manager
 * rotates on by itself, a catch-up run may take a claim over) the audit does it. Such events come late, twice, in any
 * order, and for executions that have left nothing: an execution that has been replaced is another one, and is let be.
 * Decision 0087.
 */
export async function observeEnd(end: RunEnd, ports: RunEndPorts): Promise<'run ended' | 'nothing to note'> {
  const left: Rotation[] = []
  for await (const rotation of ports.ledger.query('unsettled', 'yes')) {
    if (rotation.executionArn === end.executionArn) left.push(rotation)
  }
  const noted: Rotation[] = []
  for (const { rotationId } of left) noted.push(await ports.ledger.noteEnd(rotationId, end))
  const findings: Finding[] = []
  for (const rotation of noted) findings.push(...(await settleDead(rotation, ports)))
  await ports.notifyFindings(findings)
  const outcome = left.length > 0 ? 'run ended' : 'nothing to note'
  ports.log('observed', {
    ...end,
    what: 'run ended',
    outcome,
    rotations: left.length,
    settled: findings.length,
  })
  return outcome
}

/**
 * What is elsewhere is left to the audit, which alone may look there; so is what cannot be seen now: that its run has
 * ended stands in the record.
 */
export async function settleDead(
  rotation: Rotation,
  ports: LostRunPorts & TolerancePorts,
): Promise<Finding[]> {
  if (placeIn(rotation, ports.config) !== undefined) return []
  try {
    return await settleLostRun(rotation, { ...ports, tolerances: await tolerancesHere(ports) })
  } catch (error) {
    ports.log('could not look at the secret', { rotationId: rotation.rotationId, error: String(error) })
    return []
  }
}
