import type { RotationChange } from '../ledger/ledger.ts'
import { beginHandover } from '../model/handover.ts'
import { waveIdOf } from '../model/identity.ts'
import { REASONS, type Refusal } from '../model/reasons.ts'
import { isFailure, type Rotation, SETTLED, type Status } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import type { FollowState } from './follow-version.ts'
import { notifyTransitions } from './notify.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import { startHandover } from './start-handover.ts'
import type { Wave } from './wave.ts'
import type { Ended } from './wave-end.ts'

/** What a rotation comes to, but for the time. */
export type Outcome = Omit<RotationChange, 'at'>

export function refused({ reason, message }: Refusal): Outcome {
  return { status: REASONS[reason].status satisfies Status, reason, message }
}

export function succeeded(seen: FollowState, startedAt: number | undefined): Outcome {
  // What AWS reports has whole seconds.
  const rotatedAt = Math.max(seen.currentAt ?? seen.at, startedAt ?? 0)
  return {
    status: 'SUCCEEDED',
    rotatedAt: iso(rotatedAt),
    durationMs: startedAt === undefined ? undefined : rotatedAt - startedAt,
  }
}

/** Gives a rotation its outcome, once: where others had guessed one, or taken the rotation over, the record says so. */
export async function settle(
  steps: Steps,
  ports: Ports,
  wave: Wave,
  { rotationId, limits }: Rotation,
  outcome: Outcome,
): Promise<Ended> {
  const rotation = await steps.step(
    'settle',
    async () => {
      if (wave.maxErrors !== undefined && isFailure(outcome.status))
        await ports.waves.noteFailure(waveIdOf(wave), rotationId, wave.maxErrors)
      const now = ports.now()
      const at = iso(now)
      const handover = outcome.status === 'SUCCEEDED' ? beginHandover(limits, now) : {}
      const change = { ...outcome, ...handover, at, settledAt: at }
      const by = ports.executionArn
      const settled = await ports.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], change, { by })
      const rotation =
        settled.guessed && settled.executionArn === by
          ? await ports.ledger.correct(rotationId, change, by)
          : settled
      if (wave.maxErrors !== undefined && isTakenBack(rotation, outcome))
        await ports.waves.forgetFailure(waveIdOf(wave), rotationId)
      if (rotation.executionArn === ports.executionArn) {
        await notifyTransitions(rotation, ports)
        await startHandover(rotation, ports)
      }
      return rotation
    },
    ledgerRetry,
  )
  const { status, reason, message, schedule, secretName, skewMs, durationMs } = rotation
  ports.log('settled', {
    rotationId,
    schedule,
    secretName,
    status,
    reason,
    observed: message,
    skewMs,
    durationMs,
  })
  return { rotation, duplicate: rotation.executionArn !== ports.executionArn }
}

/** Whether it was counted as a failure, by a guess of the audit's or by this run, and is none. A try before this one may have died here. */
function isTakenBack({ status, events }: Rotation, outcome: Outcome): boolean {
  if (!SETTLED.includes(status) || isFailure(status)) return false
  return isFailure(outcome.status) || events.some((it) => isFailure(it.status))
}

/** The adopted version was an earlier rotation's, recorded as FAILED or TIMED_OUT: it has succeeded after all. */
export async function recordAdoptedSuccess(
  ports: Ports,
  { rotationId, secretName }: Pick<Rotation, 'rotationId' | 'secretName'>,
  versionId: string,
  seen: FollowState,
): Promise<null> {
  const earlier = await ports.ledger.get(versionId)
  // Not one of ours, or of another secret: who makes a version chooses its id.
  if (earlier?.secretName !== secretName) return null
  const message = `finished by rotation ${rotationId}, which adopted its version`
  // A try before this one may have written it and heard no answer: then nobody has been told.
  const written = earlier.late === true && earlier.message === message
  // Else its secret did change, and it failed for another reason.
  if (earlier.rotatedAt !== undefined && !written) return null
  const rotatedAt = iso(seen.currentAt ?? seen.at)
  const late = { status: 'SUCCEEDED', late: true, rotatedAt, message, at: iso(ports.now()) } as const
  const rotation = written ? earlier : await ports.ledger.transition(versionId, ['FAILED', 'TIMED_OUT'], late)
  if (rotation.late) await notifyTransitions(rotation, ports)
  return null
}
