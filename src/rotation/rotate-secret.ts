import type { Rotation, Status } from '../ledger/rotation.ts'
import { backoff } from '../steps/backoff.ts'
import type { StepConfig, Steps } from '../steps/steps.ts'
import { followUntil, look, type Progress, verdict } from './follow.ts'
import { gate } from './gate.ts'
import { rotationIdOf, secretNameOf } from './identity.ts'
import { inspect } from './inspect.ts'
import { REASONS, type Refusal } from './reasons.ts'
import { type Start, startRetry, startRotation } from './start.ts'
import type { Wave } from './wave.ts'
import type { World } from './world.ts'

/** A rotation as it ended, or as another execution left it where `duplicate`. */
export type Ended = { rotation: Rotation; duplicate: boolean }

/** Wakes this long before the instant, to look at the secret and to be awake when it comes. Seconds. */
const AWAKE_SECONDS = 5

/** The ledger is tried for about a quarter of an hour; then the execution fails, and the audit finds the gap. */
const persist: StepConfig = {
  retryStrategy: (_error, attempt) =>
    attempt < 20 ? { shouldRetry: true, delay: { seconds: backoff(attempt, 60) } } : { shouldRetry: false },
}

/**
 * One secret, from claim to outcome: claim → gate → inspect → RotateSecret at the instant → follow to AWSCURRENT →
 * settle. Whatever is decided is a value; whatever is done is a step, safe to run twice.
 */
export async function rotateSecret(steps: Steps, secret: string, wave: Wave, world: World): Promise<Ended> {
  const rotationId = rotationIdOf(wave.name, secret, wave.occasion)
  const scheduledAt = Date.parse(wave.scheduledAt)
  const target = { ...wave, scheduledAt, secret, rotationId }

  const claimed = await steps.step(
    'claim',
    () => world.ledger.claim(claimOf(rotationId, secret, wave, world)),
    persist,
  )
  if (claimed.executionArn !== world.executionArn) {
    world.log('already claimed', { rotationId, status: claimed.status, by: claimed.executionArn })
    return { rotation: claimed, duplicate: true }
  }

  const refusal = await steps.step('gate and inspect', ({ attempt }) => check(world, target, attempt), {
    retryStrategy: startRetry,
  })
  if (refusal) return settle(steps, world, rotationId, refused(refusal))

  const early = await steps.step('how early', async () => Math.floor((scheduledAt - world.now()) / 1_000))
  if (early > AWAKE_SECONDS) await steps.wait('until shortly before', { seconds: early - AWAKE_SECONDS })

  const start = await steps.step('rotate', ({ attempt }) => startRotation(world, target, attempt), {
    retryStrategy: startRetry,
  })
  if ('refusal' in start) return settle(steps, world, rotationId, refused(start.refusal))

  const rotating = started(start, scheduledAt)
  await steps.step('record start', () => world.ledger.transition(rotationId, ['CLAIMED'], rotating), persist)

  const from = start.startedAt ?? start.observedAt
  const seen = await steps.waitForCondition<Progress>(
    'follow',
    (last) => look(world, secret, start.versionId, last),
    {
      initialState: { standing: 'unseen', wasSeen: false, at: from },
      waitStrategy: followUntil(from + wave.timeoutSeconds * 1_000),
    },
  )
  const failure = verdict(seen, start.versionId, wave.timeoutSeconds)
  return settle(steps, world, rotationId, failure ? refused(failure) : succeeded(seen.at, start.startedAt))
}

function claimOf(rotationId: string, secret: string, wave: Wave, world: World) {
  return {
    rotationId,
    schedule: wave.name,
    secret,
    secretName: secretNameOf(secret),
    scheduledAt: wave.scheduledAt,
    trigger: wave.trigger,
    ...(wave.requester !== undefined && { requester: wave.requester }),
    ...(wave.requestReason !== undefined && { requestReason: wave.requestReason }),
    claimedAt: iso(world.now()),
    executionArn: world.executionArn,
    configVersion: world.config.version,
  }
}

/** Gate and inspection before anything is waited for. What cannot be seen now is left to the call itself. */
async function check(
  world: World,
  target: Parameters<typeof gate>[0] & { secret: string },
  attempt: number,
): Promise<Refusal | null> {
  const closed = gate(target, world.config, world.now())
  if (closed) return closed
  if (attempt > 3) return null
  const seen = await world.secrets.describe(target.secret)
  return 'refusal' in seen ? seen.refusal : (inspect(seen.secret) ?? null)
}

type Outcome = Omit<Parameters<World['ledger']['transition']>[2], 'at'>

async function settle(steps: Steps, world: World, rotationId: string, outcome: Outcome): Promise<Ended> {
  const rotation = await steps.step(
    'settle',
    () => {
      const at = iso(world.now())
      return world.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], { ...outcome, at, settledAt: at })
    },
    persist,
  )
  const { status, reason, message, schedule, secretName, skewMs, durationMs } = rotation
  world.log('settled', { rotationId, schedule, secretName, status, reason, message, skewMs, durationMs })
  return { rotation, duplicate: false }
}

function refused({ reason, message }: Refusal): Outcome {
  return { status: REASONS[reason].status satisfies Status, reason, message }
}

function succeeded(rotatedAt: number, startedAt: number | undefined): Outcome {
  return {
    status: 'SUCCEEDED',
    rotatedAt: iso(rotatedAt),
    ...(startedAt !== undefined && { durationMs: rotatedAt - startedAt }),
  }
}

function started(start: Exclude<Start, { refusal: Refusal }>, scheduledAt: number) {
  const { startedAt, observedAt, adopted, ...ids } = start
  return {
    ...ids,
    status: 'ROTATING' as const,
    at: iso(startedAt ?? observedAt),
    ...(adopted && { adopted }),
    ...(startedAt === undefined
      ? { message: 'found started: an earlier try had called RotateSecret and was interrupted' }
      : { startedAt: iso(startedAt), skewMs: startedAt - scheduledAt }),
  }
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}
