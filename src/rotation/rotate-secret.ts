import type { Change } from '../ledger/ledger.ts'
import { rotationIdOf, waveIdOf } from '../model/identity.ts'
import { secretPlaceOf } from '../model/place.ts'
import { REASONS, type Refusal } from '../model/reasons.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { claim } from './claim.ts'
import { concernsOf } from './concerns.ts'
import { errorLimitReached } from './error-limit.ts'
import { followUntil, type Progress, pollVersion, unseen, verdict } from './follow-version.ts'
import { type GateInputs, gate } from './gate.ts'
import { type HookEvent, runHooks } from './hooks.ts'
import { standingOf } from './inspect.ts'
import { ledgerRetry } from './ledger-retry.ts'
import { notifyTransitions } from './notify.ts'
import type { Ports } from './ports.ts'
import { gateRead, holdsOver, newerPolicy, readCalendars, shutUnlessRead } from './read-gate.ts'
import type { Sendings } from './sendings.ts'
import { believed, startRetry } from './start-retry.ts'
import { startRotation, taken } from './start-rotation.ts'
import type { Started } from './started.ts'
import { unfit } from './unfit.ts'
import type { Wave } from './wave.ts'
import type { Ended } from './wave-end.ts'

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
  ports: Ports,
  { inTurn = true }: { inTurn?: boolean } = {},
): Promise<Ended> {
  const rotationId = rotationIdOf(wave.name, secret, wave.occasion)
  const scheduledAt = Date.parse(wave.scheduledAt)
  const target = { ...wave, scheduledAt, secret, rotationId }
  const end = (outcome: Outcome) => settle(steps, ports, wave, rotationId, outcome)

  const claimed = await claim(steps, rotationId, secret, wave, ports)
  if (claimed.executionArn !== ports.executionArn) {
    ports.log('already claimed', { rotationId, status: claimed.status, by: claimed.executionArn })
    return { rotation: claimed, duplicate: true }
  }
  if (wave.refused) return end(refused(wave.refused))

  const found = await steps.step(
    'gate and inspect',
    ({ attempt }) =>
      shutUnlessRead(ports, target, attempt, () => check(ports, target, wave, claimed, attempt)),
    {
      retryStrategy: startRetry,
    },
  )
  // What has started is followed, whatever would bar it now.
  if (found !== 'started') {
    const event = eventOf('before', rotationId, secret, wave)
    const refusal = found ?? (await runHooks(steps, wave, event, ports))
    if (refusal) return end(refused(refusal))
  }

  const early = await steps.step('how early', async () => Math.floor((scheduledAt - ports.now()) / 1_000))
  if (early > AWAKE_SECONDS) await steps.wait('until shortly before', { seconds: early - AWAKE_SECONDS })

  // What this process knows, beyond what the record has.
  const sendings: Sendings = {}
  const start = await steps.step('rotate', ({ attempt }) => startRotation(ports, target, sendings, attempt), {
    retryStrategy: startRetry,
  })
  if ('refusal' in start) return end(refused(start.refusal))
  if ('lostTo' in start) {
    ports.log('lost the claim', { rotationId, status: start.lostTo.status, to: start.lostTo.executionArn })
    return { rotation: start.lostTo, duplicate: true }
  }
  const rotating = await steps.step(
    'record start',
    async () => {
      const change = started(start, scheduledAt)
      const rotation = await ports.ledger.transition(rotationId, ['CLAIMED'], change, {
        by: ports.executionArn,
      })
      if (rotation.executionArn === ports.executionArn) await notifyTransitions(rotation, ports)
      return rotation
    },
    ledgerRetry,
  )
  if (rotating.executionArn !== ports.executionArn) return { rotation: rotating, duplicate: true }

  const seen = await follow(steps, { secret, rotationId }, start, wave, ports)
  const facts = startOf(start, scheduledAt)
  const failure = verdict(seen, start.versionId, wave.timeoutSeconds)
  if (failure) return end({ ...facts, ...refused(failure) })
  if (start.adopted)
    await steps.step(
      'late success',
      () => recordLateSuccess(ports, claimed, start.versionId, seen),
      ledgerRetry,
    )

  const concerns = concernsOf(wave, { startedAt: start.startedAt, seen, inTurn })
  const rotated = { ...facts, ...succeeded(seen, start.startedAt), ...concerns }
  const event = {
    ...eventOf('after', rotationId, secret, wave),
    secretArn: start.secretArn,
    versionId: start.versionId,
  }
  const complaint = await runHooks(steps, wave, event, ports)
  return end(complaint ? { ...rotated, ...refused(complaint) } : rotated)
}

/** Everything that may stand in the way, before anything is waited for. What cannot be seen now is left to the call. */
async function check(
  ports: Ports,
  target: GateInputs & { name: string; secret: string; rotationId: string },
  wave: Wave,
  claimed: Rotation,
  attempt: number,
): Promise<Refusal | 'started' | null> {
  // Taken over: the run that had it may have died right after it called RotateSecret. Whether it did is seen by the
  // step that sends, which also says where it cannot be seen; whatever bars a sending bars it there.
  if (claimed.events.length > 1) {
    if (claimed.sending && !claimed.sending.refused) return 'started'
    const seen = await ports.secrets.describe(target.secret)
    if ('secret' in seen && standingOf(seen.secret, target.rotationId) !== 'absent')
      return claimed.sending === null ? taken(target) : 'started'
  }
  const tooManyErrors = await gateRead(errorLimitReached(ports, wave))
  if (tooManyErrors) return tooManyErrors
  const [holds, bars] = await Promise.all([holdsOver(ports, target), newerPolicy(ports)])
  const now = ports.now()
  const closed = gate(target, ports.config, holds, now) ?? bars(target, now)
  if (closed) return closed
  if (attempt > 3) return null
  const barred = await readCalendars(ports, target)
  if (barred) return barred
  const seen = await ports.secrets.describe(target.secret)
  if ('secret' in seen && standingOf(seen.secret, target.rotationId) !== 'absent') return taken(target)
  return ('refusal' in seen ? believed(seen, attempt) : await gateRead(unfit(ports, seen.secret))) ?? null
}

function follow(
  steps: Steps,
  rotation: { secret: string; rotationId: string },
  start: Started,
  wave: Wave,
  ports: Ports,
): PromiseLike<Progress> {
  const from = start.startedAt ?? start.observedAt
  const { versionId, previousVersionId, wasCurrent } = start
  const followed = { ...rotation, versionId, previousVersionId, wasCurrent }
  return steps.waitForCondition<Progress>('follow', (last) => pollVersion(ports, followed, last), {
    initialState: unseen(from),
    waitStrategy: followUntil(from, from + wave.timeoutSeconds * 1_000),
  })
}

/** The adopted version was an earlier rotation's, recorded as FAILED or TIMED_OUT: it has succeeded after all. */
async function recordLateSuccess(
  ports: Ports,
  { rotationId, secretName }: Pick<Rotation, 'rotationId' | 'secretName'>,
  versionId: string,
  seen: Progress,
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

type Outcome = Omit<Change, 'at'>

async function settle(
  steps: Steps,
  ports: Ports,
  wave: Wave,
  rotationId: string,
  outcome: Outcome,
): Promise<Ended> {
  const rotation = await steps.step(
    'settle',
    async () => {
      if (wave.maxErrors !== undefined && (outcome.status === 'FAILED' || outcome.status === 'TIMED_OUT')) {
        await ports.waves.noteFailure(waveIdOf(wave), rotationId, wave.maxErrors)
      }
      const at = iso(ports.now())
      const change = { ...outcome, at, settledAt: at }
      const by = ports.executionArn
      const settled = await ports.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], change, { by })
      const rotation =
        settled.guessed && settled.executionArn === by
          ? await corrected(rotationId, change, wave, ports)
          : settled
      if (rotation.executionArn === ports.executionArn) await notifyTransitions(rotation, ports)
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

/** The audit had taken this run for lost, and guessed: what the run knows counts, and so it does for the wave. */
async function corrected(rotationId: string, change: Change, wave: Wave, ports: Ports): Promise<Rotation> {
  const rotation = await ports.ledger.correct(rotationId, change, ports.executionArn)
  const wrong = rotation.status === 'FAILED' || rotation.status === 'TIMED_OUT'
  if (!wrong && wave.maxErrors !== undefined) await ports.waves.forgetFailure(waveIdOf(wave), rotationId)
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
