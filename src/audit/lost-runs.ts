import type { Seen } from '../aws/secrets.ts'
import type { RotationChange } from '../ledger/ledger.ts'
import { failureOf } from '../model/attempts.ts'
import type { Finding } from '../model/finding.ts'
import { beginHandover } from '../model/handover.ts'
import { hookSecondsDuring } from '../model/hooks.ts'
import { waveIdOf } from '../model/identity.ts'
import { isDead, lastSign, limitsIn, lostFrom, placeIn, silentFrom } from '../model/limits.ts'
import { REASONS, type Refusal } from '../model/reasons.ts'
import { isFailure, type ReportedFailure, type Rotation, SETTLED } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { DEFAULT_TOLERANCES } from '../model/tolerances.ts'
import { versionState } from '../rotation/inspect.ts'
import { notifyTransitions } from '../rotation/notify.ts'
import { notBefore } from './late-successes.ts'
import type { AuditPorts, AuditRun } from './ports.ts'

/** Rotations without an outcome that one run looks at. */
const MOST = 2_000

/**
 * Settles what lost runs have left behind, by what the secret shows. Conditional on the status and on the run that
 * held the rotation: one that lives after all, or another that has taken over, is not overwritten. Decision 0061.
 */
export async function settleLostRuns(ports: AuditRun): Promise<Finding[]> {
  const findings: Finding[] = []
  let looked = 0
  const due = { to: iso(ports.now()), oldestFirst: true }
  for await (const rotation of ports.ledger.query('unsettled', 'yes', due)) {
    if (looked++ >= MOST || ports.now() >= ports.deadline) break
    findings.push(...(await settleLostRun(rotation, ports).catch(ports.failed)))
  }
  return findings
}

/** What looking at one rotation needs. */
export type LostRunPorts = Pick<
  AuditPorts,
  'config' | 'secretsAt' | 'notify' | 'now' | 'log' | 'tolerances'
> & {
  ledger: Pick<AuditPorts['ledger'], 'transition'>
  waves: Pick<AuditPorts['waves'], 'noteGuess' | 'forgetFailure'>
}

/** Looks at one rotation whose run may be lost, and settles it if that shows how it ended. */
export async function settleLostRun(rotation: Rotation, ports: LostRunPorts): Promise<Finding[]> {
  if (SETTLED.includes(rotation.status)) return []
  const limits = limitsIn(rotation, ports.config)
  const now = ports.now()
  if (now < silentFrom(rotation, limits)) return []
  const place = placeIn(rotation, ports.config)
  const seen = await ports.secretsAt(place).describe(rotation.secretArn ?? rotation.secret)
  const over = outcomeOf(rotation, seen, { now, verified: hookSecondsDuring('ROTATING', limits) === 0 })
  const { visibleMs } = ports.tolerances ?? DEFAULT_TOLERANCES
  const change =
    now >= lostFrom(rotation, limits, visibleMs) || showsItsEnd(rotation, seen, now, visibleMs)
      ? over
      : startedUnnoted(rotation, seen, now)
  if (!change) return []
  const settled = await write(rotation, change, ports)
  if (settled === undefined) return []
  if (change.status === 'ROTATING') {
    await notifyTransitions(settled, ports)
    return []
  }
  const { rotationId, schedule, secret } = rotation
  const message = `${schedule} of ${rotation.scheduledAt}: ${change.status}, ${change.message ?? ''}`
  return [{ kind: 'LOST_RUN', key: `lost ${rotationId}`, schedule, secret, rotationId, message }]
}

/** Undefined where the record is no longer what it was. A failure is counted first: what has its outcome is not looked at again. */
async function write(
  rotation: Rotation,
  change: RotationChange,
  { ledger, waves }: LostRunPorts,
): Promise<Rotation | undefined> {
  const { rotationId, status, executionArn, schedule } = rotation
  const occasion = occasionOf(rotation)
  const isWrong = change.status !== 'SUCCEEDED' && change.status !== 'ROTATING'
  const waveId = isWrong && occasion !== undefined ? waveIdOf({ name: schedule, occasion }) : undefined
  if (waveId !== undefined) await waves.noteGuess(waveId, rotationId)
  const settled = await ledger.transition(rotationId, [status], change, { by: executionArn })
  if (settled.events.at(-1)?.at === change.at) return settled
  if (waveId !== undefined && !isFailure(settled.status)) await waves.forgetFailure(waveId, rotationId)
  return undefined
}

/** Undefined where its record is of a release that did not note which request it was. */
function occasionOf({ trigger, requestId, moved, scheduledAt }: Rotation): string | undefined {
  return trigger === 'ON_DEMAND' ? requestId : (moved?.id ?? scheduledAt)
}

/**
 * Whether a rotation whose run is silent has ended before its time is over: Secrets Manager has failed it for good, or,
 * where the run is known to be dead, nothing but an AWSPENDING version is left to wait for.
 */
function showsItsEnd(rotation: Rotation, seen: Seen, now: number, visibleMs: number): boolean {
  if (rotation.status !== 'ROTATING') return false
  const dead = isDead(rotation)
  if (dead && rotation.proof) return true
  if ('refusal' in seen) return dead && goneOr(seen.refusal) !== 'ORCHESTRATOR_LOST'
  switch (versionState(seen.secret, rotation.versionId ?? rotation.rotationId)) {
    case 'pending':
      return failureOf(rotation)?.final === true
    case 'absent':
      return dead && now >= lastSign(rotation) + visibleMs
    default:
      return dead
  }
}

/** A silent claim whose version is there: its run died as it had called RotateSecret. From now on it is followed. */
function startedUnnoted(rotation: Rotation, seen: Seen, now: number): RotationChange | undefined {
  if (rotation.status !== 'CLAIMED' || !('secret' in seen)) return undefined
  if (versionState(seen.secret, rotation.rotationId) === 'absent') return undefined
  return {
    status: 'ROTATING',
    at: iso(now),
    versionId: rotation.rotationId,
    secretArn: seen.secret.ARN,
    message: 'the audit found it started: its run had called RotateSecret, and gave no more sign of life',
  }
}

/** The outcome of a rotation whose run is lost, by what the secret shows now. */
export function outcomeOf(
  rotation: Rotation,
  seen: Seen,
  { now, verified }: { now: number; verified: boolean },
): RotationChange {
  const at = iso(now)
  const settled = { at, settledAt: at, guessed: true }
  const refused = ({ reason, message }: Refusal): RotationChange => ({
    ...settled,
    status: REASONS[reason].status,
    reason,
    message: `${message}; its run (${rotation.executionArn}) was lost`,
  })
  const versionId = rotation.versionId ?? rotation.rotationId
  const current = provedCurrent(rotation, seen, versionId, at)
  if (current) {
    const { secretArn, rotatedAt, words } = current
    const rotated = { ...settled, rotatedAt, versionId, secretArn }
    if (verified) {
      const message = `${words}; its run was lost`
      return { ...rotated, status: 'SUCCEEDED', message, ...beginHandover(rotation.limits, now) }
    }
    const message = `${words}, but its after-hooks have not reported`
    return { ...rotated, ...refused({ reason: 'ORCHESTRATOR_LOST', message }) }
  }
  if ('refusal' in seen) return refused({ ...seen.refusal, reason: goneOr(seen.refusal) })
  switch (versionState(seen.secret, versionId)) {
    case 'pending':
      return refused(pendingRefusal(versionId, failureOf(rotation), at))
    default:
      return refused({
        reason: 'ORCHESTRATOR_LOST',
        message:
          rotation.status === 'CLAIMED'
            ? `at ${at} the secret showed no version ${versionId}: RotateSecret was not called, or its version was abandoned`
            : `at ${at} version ${versionId} carried no label: abandoned, or followed by two later ones`,
      })
  }
}

/** That its version is AWSCURRENT, or was once: what AWS has reported stays true whatever labels show now. */
function provedCurrent({ proof, startedAt }: Rotation, seen: Seen, versionId: string, at: string) {
  if (proof?.versionId === versionId) {
    const words = `Secrets Manager reported version ${versionId} as AWSCURRENT at ${proof.at}`
    const rotatedAt = notBefore(startedAt, proof.at)
    return { rotatedAt, words, secretArn: 'secret' in seen ? seen.secret.ARN : undefined }
  }
  if (!('secret' in seen) || versionState(seen.secret, versionId) !== 'current') return undefined
  const words = `the audit saw version ${versionId} as AWSCURRENT at ${at}`
  return { rotatedAt: at, words, secretArn: seen.secret.ARN }
}

function pendingRefusal(versionId: string, failure: ReportedFailure | undefined, at: string): Refusal {
  return failure === undefined
    ? { reason: 'PENDING_VERSION_STUCK', message: `at ${at} version ${versionId} was still AWSPENDING` }
    : { reason: 'ROTATION_FUNCTION_FAILED', message: `${failure.message} (${failure.at})` }
}

/** A secret that is gone is its own reason; one that the audit may not see says nothing about the rotation. */
function goneOr({ reason }: Refusal): Refusal['reason'] {
  return reason === 'SECRET_NOT_FOUND' || reason === 'SECRET_DELETED' ? reason : 'ORCHESTRATOR_LOST'
}
