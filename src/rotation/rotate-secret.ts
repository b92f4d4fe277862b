import { askCalendars } from '../aws/change-calendars.ts'
import { secretPlaceOf } from '../config/place.ts'
import type { Change } from '../ledger/ledger.ts'
import { rotationIdOf, waveIdOf } from '../model/identity.ts'
import { REASONS, type Refusal } from '../model/reasons.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { claim } from './claim.ts'
import { concernsOf } from './concerns.ts'
import { stopped } from './error-limit.ts'
import { followUntil, look, type Progress, unseen, verdict } from './follow-version.ts'
import { type Gated, gate } from './gate.ts'
import { type HookEvent, runHooks } from './hooks.ts'
import { standingOf } from './inspect.ts'
import { persist } from './ledger-retry.ts'
import { tellTransitions } from './notify.ts'
import type { World } from './ports.ts'
import { gateRead, holdsOver, newerPolicy, shutUnlessRead } from './read-gate.ts'
import { believed } from './refusal.ts'
import type { Sendings } from './sendings.ts'
import { startRetry } from './start-retry.ts'
import { startRotation, taken } from './start-rotation.ts'
import type { Started } from './started.ts'
import { unfit } from './unfit.ts'
import type { Wave } from './wave.ts'

/** A rotation as it ended, or as another execution left it where `duplicate`. */
export type Ended = { rotation: Rotation; duplicate: boolean }

/** Wakes this long before the instant, to look at the secret and to be awake when it comes. Seconds. */
const AWAKE_SECONDS = 5

/**
 * One secret, from claim to outcome: claim → gate → inspect → before hooks → RotateSecret at the instant → follow to
 * AWSCURRENT → after hooks → settle. Whatever is decided is a value; whatever is done is a step, safe to run twice.
 */
export async function rotateSecret(
  steps: Steps,
  secret: string,
  wave: Wave,
  world: World,
  { inTurn = true }: { inTurn?: boolean } = {},
): Promise<Ended> {
  const rotationId = rotationIdOf(wave.name, secret, wave.occasion)
  const scheduledAt = Date.parse(wave.scheduledAt)
  const target = { ...wave, scheduledAt, secret, rotationId }
  const end = (outcome: Outcome) => settle(steps, world, wave, rotationId, outcome)

  const claimed = await claim(steps, rotationId, secret, wave, world)
  if (claimed.executionArn !== world.executionArn) {
    world.log('already claimed', { rotationId, status: claimed.status, by: claimed.executionArn })
    return { rotation: claimed, duplicate: true }
  }
  if (wave.refused) return end(refused(wave.refused))

  const found = await steps.step(
    'gate and inspect',
    ({ attempt }) =>
      shutUnlessRead(world, target, attempt, () => check(world, target, wave, claimed, attempt)),
    {
      retryStrategy: startRetry,
    },
  )
  // What has started is followed, whatever would bar it now.
  if (found !== 'started') {
    const before = eventOf('before', rotationId, secret, wave)
    const refusal = found ?? (await runHooks(steps, wave.before, before, world))
    if (refusal) return end(refused(refusal))
  }

  const early = await steps.step('how early', async () => Math.floor((scheduledAt - world.now()) / 1_000))
  if (early > AWAKE_SECONDS) await steps.wait('until shortly before', { seconds: early - AWAKE_SECONDS })

  // What this process knows, beyond what the record has.
  const sendings: Sendings = {}
  const start = await steps.step('rotate', ({ attempt }) => startRotation(world, target, sendings, attempt), {
    retryStrategy: startRetry,
  })
  if ('refusal' in start) return end(refused(start.refusal))
  if ('lostTo' in start) {
    world.log('lost the claim', { rotationId, status: start.lostTo.status, to: start.lostTo.executionArn })
    return { rotation: start.lostTo, duplicate: true }
  }
  const rotating = await steps.step(
    'record start',
    async () => {
      const change = started(start, scheduledAt)
      const rotation = await world.ledger.transition(rotationId, ['CLAIMED'], change, {
        by: world.executionArn,
      })
      if (rotation.executionArn === world.executionArn) await tellTransitions(rotation, world)
      return rotation
    },
    persist,
  )
  if (rotating.executionArn !== world.executionArn) return { rotation: rotating, duplicate: true }

  const seen = await follow(steps, { secret, rotationId }, start, wave, world)
  const facts = startOf(start, scheduledAt)
  const failure = verdict(seen, start.versionId, wave.timeoutSeconds)
  if (failure) return end({ ...facts, ...refused(failure) })
  if (start.adopted)
    await steps.step('late success', () => recordLateSuccess(world, claimed, start.versionId, seen), persist)

  const concerns = concernsOf(wave, { startedAt: start.startedAt, seen, inTurn })
  const rotated = { ...facts, ...succeeded(seen, start.startedAt), ...concerns }
  const event = {
    ...eventOf('after', rotationId, secret, wave),
    secretArn: start.secretArn,
    versionId: start.versionId,
  }
  const complaint = await runHooks(steps, wave.after, event, world)
  return end(complaint ? { ...rotated, ...refused(complaint) } : rotated)
}

/** Everything that may stand in the way, before anything is waited for. What cannot be seen now is left to the call. */
async function check(
  world: World,
  target: Gated & { name: string; secret: string; rotationId: string },
  wave: Wave,
  claimed: Rotation,
  attempt: number,
): Promise<Refusal | 'started' | null> {
  // Taken over: the run that had it may have died right after it called RotateSecret. Whether it did is seen by the
  // step that sends, which also says where it cannot be seen; whatever bars a sending bars it there.
  if (claimed.events.length > 1) {
    if (claimed.sending && !claimed.sending.refused) return 'started'
    const seen = await world.secrets.describe(target.secret)
    if ('secret' in seen && standingOf(seen.secret, target.rotationId) !== 'absent')
      return claimed.sending === null ? taken(target) : 'started'
  }
  const tooManyErrors = await gateRead(stopped(world, wave))
  if (tooManyErrors) return tooManyErrors
  const [holds, bars] = await Promise.all([holdsOver(world, target), newerPolicy(world)])
  const now = world.now()
  const closed = gate(target, world.config, holds, now) ?? bars(target, now)
  if (closed) return closed
  if (attempt > 3) return null
  const barred = await askCalendars(world, target)
  if (barred) return barred
  const seen = await world.secrets.describe(target.secret)
  if ('secret' in seen && standingOf(seen.secret, target.rotationId) !== 'absent') return taken(target)
  return ('refusal' in seen ? believed(seen, attempt) : await gateRead(unfit(world, seen.secret))) ?? null
}

function follow(
  steps: Steps,
  rotation: { secret: string; rotationId: string },
  start: Started,
  wave: Wave,
  world: World,
): PromiseLike<Progress> {
  const from = start.startedAt ?? start.observedAt
  const { versionId, previousVersionId, wasCurrent } = start
  const followed = { ...rotation, versionId, previousVersionId, wasCurrent }
  return steps.waitForCondition<Progress>('follow', (last) => look(world, followed, last), {
    initialState: unseen(from),
    waitStrategy: followUntil(from, from + wave.timeoutSeconds * 1_000),
  })
}

/** The adopted version was an earlier rotation's, recorded as FAILED or TIMED_OUT: it has succeeded after all. */
async function recordLateSuccess(
  world: World,
  { rotationId, secretName }: Pick<Rotation, 'rotationId' | 'secretName'>,
  versionId: string,
  seen: Progress,
): Promise<null> {
  const earlier = await world.ledger.get(versionId)
  // Not one of ours, or of another secret: who makes a version chooses its id.
  if (earlier?.secretName !== secretName) return null
  const message = `finished by rotation ${rotationId}, which adopted its version`
  // A try before this one may have written it and heard no answer: then nobody has been told.
  const written = earlier.late === true && earlier.message === message
  // Else its secret did change, and it failed for another reason.
  if (earlier.rotatedAt !== undefined && !written) return null
  const rotatedAt = iso(seen.currentAt ?? seen.at)
  const late = { status: 'SUCCEEDED', late: true, rotatedAt, message, at: iso(world.now()) } as const
  const rotation = written ? earlier : await world.ledger.transition(versionId, ['FAILED', 'TIMED_OUT'], late)
  if (rotation.late) await tellTransitions(rotation, world)
  return null
}

type Outcome = Omit<Change, 'at'>

async function settle(
  steps: Steps,
  world: World,
  wave: Wave,
  rotationId: string,
  outcome: Outcome,
): Promise<Ended> {
  const rotation = await steps.step(
    'settle',
    async () => {
      if (wave.maxErrors !== undefined && (outcome.status === 'FAILED' || outcome.status === 'TIMED_OUT')) {
        await world.waves.noteFailure(waveIdOf(wave), rotationId, wave.maxErrors)
      }
      const at = iso(world.now())
      const change = { ...outcome, at, settledAt: at }
      const by = world.executionArn
      const settled = await world.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], change, { by })
      const rotation =
        settled.guessed && settled.executionArn === by
          ? await corrected(rotationId, change, wave, world)
          : settled
      if (rotation.executionArn === world.executionArn) await tellTransitions(rotation, world)
      return rotation
    },
    persist,
  )
  const { status, reason, message, schedule, secretName, skewMs, durationMs } = rotation
  world.log('settled', {
    rotationId,
    schedule,
    secretName,
    status,
    reason,
    observed: message,
    skewMs,
    durationMs,
  })
  return { rotation, duplicate: rotation.executionArn !== world.executionArn }
}

/** The audit had taken this run for lost, and guessed: what the run knows counts, and so it does for the wave. */
async function corrected(rotationId: string, change: Change, wave: Wave, world: World): Promise<Rotation> {
  const rotation = await world.ledger.correct(rotationId, change, world.executionArn)
  const wrong = rotation.status === 'FAILED' || rotation.status === 'TIMED_OUT'
  if (!wrong && wave.maxErrors !== undefined) await world.waves.forgetFailure(waveIdOf(wave), rotationId)
  return rotation
}

function eventOf(hook: HookEvent['hook'], rotationId: string, secret: string, wave: Wave): HookEvent {
  const { name: schedule, scheduledAt, trigger, place: { account, region } = {} } = wave
  return { hook, rotationId, schedule, secret, account, region, scheduledAt, trigger }
}

function refused({ reason, message }: Refusal): Outcome {
  return { status: REASONS[reason].status satisfies Status, reason, message }
}

function succeeded(seen: Progress, startedAt: number | undefined): Outcome {
  // What AWS reports has whole seconds.
  const rotatedAt = Math.max(seen.currentAt ?? seen.at, startedAt ?? 0)
  return {
    status: 'SUCCEEDED',
    rotatedAt: iso(rotatedAt),
    durationMs: startedAt === undefined ? undefined : rotatedAt - startedAt,
  }
}

function started(start: Started, scheduledAt: number): Change {
  const { startedAt, observedAt, message } = start
  return {
    ...startOf(start, scheduledAt),
    status: 'ROTATING',
    at: iso(startedAt ?? observedAt),
    message,
  }
}

/** What is known of the start: noted as it happens, and again with the outcome, should others have been quicker. */
function startOf(start: Started, scheduledAt: number) {
  const { startedAt, observedAt: _at, message: _message, wasCurrent: _was, ...ids } = start
  return {
    ...ids,
    ...secretPlaceOf(ids.secretArn ?? ''),
    ...(startedAt !== undefined && { startedAt: iso(startedAt), skewMs: startedAt - scheduledAt }),
  }
}
