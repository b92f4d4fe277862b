import type { Finding } from '../model/finding.ts'
import { beginHandover } from '../model/handover.ts'
import { placeIn } from '../model/limits.ts'
import { isFailure, type Rotation } from '../model/rotation.ts'
import { DAY, HOUR, iso } from '../model/time.ts'
import { versionState } from '../rotation/inspect.ts'
import type { AuditPorts, AuditRun } from './ports.ts'

/** Days that failed rotations are looked at again; AWS does not say how long it attempts them (docs/aws-facts.md). */
const DAYS = 3

/** How often. `observe` normally records a late success as it happens: this is its safety net. */
export const LOOK_AGAIN_MS = HOUR

/**
 * Rotations that ended badly, and whose version has become AWSCURRENT since: recorded as late successes. `each` is given
 * all that are read for it.
 */
export async function recordLateSuccesses(
  ports: AuditRun,
  each: (rotation: Rotation) => void = () => {},
): Promise<Finding[]> {
  const findings: Finding[] = []
  const today = Date.parse(iso(ports.now()).slice(0, 10))
  for (let days = 0; days <= DAYS; days++) {
    const day = iso(today - days * DAY).slice(0, 10)
    for await (const rotation of ports.ledger.query('byDay', day)) {
      if (ports.now() >= ports.deadline) return findings
      each(rotation)
      if (!mayStillSucceed(rotation)) continue
      findings.push(...(await lookAgain(rotation, ports).catch(ports.failed)))
    }
  }
  return findings
}

/** Its version may have been made, and has not been seen as AWSCURRENT. */
export function mayStillSucceed({ status, rotatedAt }: Rotation): boolean {
  return isFailure(status) && rotatedAt === undefined
}

async function lookAgain(rotation: Rotation, ports: AuditPorts): Promise<Finding[]> {
  const { rotationId, schedule, secret, secretArn, scheduledAt } = rotation
  const versionId = rotation.versionId ?? rotationId
  const seen = await ports.secretsAt(placeIn(rotation, ports.config)).describe(secretArn ?? secret)
  if (!('secret' in seen) || versionState(seen.secret, versionId) !== 'current') return []
  const at = iso(ports.now())
  await recordLateSuccess(
    ports.ledger,
    rotation,
    at,
    `the audit saw version ${versionId} as AWSCURRENT`,
    versionId,
  )
  const message = `${schedule} of ${scheduledAt} has succeeded after all`
  return [{ kind: 'LATE_SUCCESS', key: `late success ${rotationId}`, schedule, secret, rotationId, message }]
}

/** When a version was AWSCURRENT, by what AWS reports in whole seconds: not before the call that made it. Both ISO. */
export function notBefore(startedAt: string | undefined, at: string): string {
  return startedAt !== undefined && Date.parse(at) < Date.parse(startedAt) ? startedAt : at
}

/**
 * A success after the rotation was given up: history keeps both. `at`: ISO, when the version was seen as AWSCURRENT. Also
 * of one that was SKIPPED: its version exists only if an earlier try's call came through, its answer lost.
 */
export function recordLateSuccess(
  ledger: Pick<AuditPorts['ledger'], 'transition'>,
  { rotationId, startedAt, limits }: Pick<Rotation, 'rotationId' | 'startedAt' | 'limits'>,
  at: string,
  message: string,
  versionId: string,
): Promise<Rotation> {
  const rotatedAt = notBefore(startedAt, at)
  const change = { status: 'SUCCEEDED', late: true, rotatedAt, at, message, versionId } as const
  const handover = beginHandover(limits, Date.parse(at))
  return ledger.transition(rotationId, ['FAILED', 'TIMED_OUT', 'SKIPPED'], { ...change, ...handover })
}
