import { rotationIdOf } from '../model/identity.ts'
import { AWAKE_MS } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { followAttempts } from './attempts.ts'
import { checkAhead } from './check-ahead.ts'
import { claim } from './claim.ts'
import { concernsOf } from './concerns.ts'
import { type HookEvent, runHooks } from './hooks.ts'
import { notifyTransitions } from './notify.ts'
import { withPause } from './pause.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry, windowRetry } from './retry.ts'
import type { Sendings } from './sendings.ts'
import { type Outcome, recordAdoptedSuccess, refused, settle, succeeded } from './settle.ts'
import { startRotation } from './start-rotation.ts'
import { type Started, startFacts } from './started.ts'
import type { Wave } from './wave.ts'
import type { Ended } from './wave-end.ts'

/**
 * One secret, from claim to outcome: claim → gate → inspect → before hooks → RotateSecret at the instant → follow to
 * AWSCURRENT → after hooks → settle. Where its schedule has `retries`, what failed is attempted again before the after
 * hooks. Whatever is decided is a value; whatever is done is a step, safe to run twice.
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
  const before = hookEvent('before', target, wave)
  const end = async (outcome: Outcome) =>
    settle(steps, ports, wave, claimed, await withPause(steps, ports, wave, target, outcome))

  const claimed = await claim(steps, rotationId, secret, wave, ports)
  if (claimed.executionArn !== ports.executionArn) {
    ports.log('already claimed', { rotationId, status: claimed.status, by: claimed.executionArn })
    return { rotation: claimed, duplicate: true }
  }
  // Of a claim that was taken over, what its run may have sent is looked for first.
  if (wave.refused && claimed.events.length === 1) return end(refused(wave.refused))

  const checked = await steps.step(
    'gate and inspect',
    ({ attempt }) => checkAhead(ports, target, claimed, attempt),
    windowRetry,
  )
  // What has started is followed, whatever would bar it now.
  if (checked !== 'started') {
    const refusal = checked ?? (await runHooks(steps, wave, before, ports))
    if (refusal) return end(refused(refusal))
  }

  const wakeAt = await sleepUntilShortlyBefore(steps, scheduledAt, ports)
  // What this process knows, beyond what the record has.
  const sendings: Sendings = {}
  const start = await steps.step(
    'rotate',
    async ({ attempt }) => {
      const wokeLateMs = wakeAt !== undefined && attempt === 1 ? Math.round(ports.now() - wakeAt) : undefined
      const started = await startRotation(ports, target, sendings, attempt)
      return 'versionId' in started && wokeLateMs !== undefined ? { ...started, wokeLateMs } : started
    },
    windowRetry,
  )
  if ('refusal' in start) return end(refused(start.refusal))
  if ('lostTo' in start) {
    ports.log('lost the claim', { rotationId, status: start.lostTo.status, to: start.lostTo.executionArn })
    return { rotation: start.lostTo, duplicate: true }
  }
  const rotating = await recordStart(steps, target, start, claimed, ports)
  if (rotating.executionArn !== ports.executionArn) return { rotation: rotating, duplicate: true }

  const { seen, failure, ...tried } = await followAttempts(steps, target, start, before, ports)
  const facts = { ...startFacts(start, scheduledAt), ...tried }
  if (failure) return end({ ...facts, ...refused(failure) })
  if (start.adopted)
    await steps.step(
      'late success',
      () => recordAdoptedSuccess(ports, claimed, start.versionId, seen),
      ledgerRetry,
    )

  const concerns = concernsOf(wave, { startedAt: start.startedAt, seen, inTurn })
  const rotated = { ...facts, ...succeeded(seen, start.startedAt), ...concerns }
  const { secretArn, versionId } = start
  const event = { ...hookEvent('after', target, wave), secretArn, versionId }
  const complaint = await runHooks(steps, wave, event, ports)
  return end(complaint ? { ...rotated, ...refused(complaint) } : rotated)
}

/** Answers with when its wait was to end, epoch ms; undefined where there was none. */
async function sleepUntilShortlyBefore(
  steps: Steps,
  scheduledAt: number,
  ports: Ports,
): Promise<number | undefined> {
  const early = await steps.step('how early', async () => (scheduledAt - ports.now()) / 1_000)
  const seconds = Math.floor(early) - (ports.tolerances?.awakeMs ?? AWAKE_MS) / 1_000
  if (seconds <= 0) return undefined
  await steps.wait('until shortly before', { seconds })
  return scheduledAt - (early - seconds) * 1_000
}

/** Answers with the record: another execution's, where that has taken it over. */
function recordStart(
  steps: Steps,
  { rotationId, scheduledAt }: { rotationId: string; scheduledAt: number },
  start: Started,
  { saw }: Rotation,
  ports: Ports,
): PromiseLike<Rotation> {
  const { startedAt, observedAt, message, wokeLateMs } = start
  const at = iso(startedAt ?? observedAt)
  return steps.step(
    'record start',
    async () => {
      const change = { ...startFacts(start, scheduledAt), status: 'ROTATING' as const, at, message }
      const woke = wokeLateMs !== undefined && saw && { saw: { ...saw, wokeLateMs } }
      const by = ports.executionArn
      const rotation = await ports.ledger.transition(rotationId, ['CLAIMED'], { ...change, ...woke }, { by })
      if (rotation.executionArn === by) await notifyTransitions(rotation, ports)
      return rotation
    },
    ledgerRetry,
  )
}

function hookEvent(
  hook: HookEvent['hook'],
  { rotationId, secret }: { rotationId: string; secret: string },
  wave: Wave,
): HookEvent {
  const { name: schedule, scheduledAt, trigger, place: { account, region } = {} } = wave
  return { hook, rotationId, schedule, secret, account, region, scheduledAt, trigger }
}
