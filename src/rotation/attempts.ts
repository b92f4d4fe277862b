import { exhausted, mayHaveHadEffect } from '../aws/refusal.ts'
import { pauseSeconds } from '../model/attempts.ts'
import { hooksOf } from '../model/hooks.ts'
import type { Reason, Refusal } from '../model/reasons.ts'
import type { Attempt } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { type FollowState, followVersion, verdict } from './follow-version.ts'
import { type HookEvent, runHooks } from './hooks.ts'
import { versionState, whyUnfit } from './inspect.ts'
import type { Ports } from './ports.ts'
import {
  barredNow,
  errorLimitReached,
  readBars,
  readCalendars,
  readForGate,
  unreadable,
} from './read-gate.ts'
import { NotYet, pauseMs, refusalOrRetry, timeForAnother, windowRetry } from './retry.ts'
import type { Startable } from './start-rotation.ts'
import type { Started } from './started.ts'
import type { Wave } from './wave.ts'

/** How the attempts of a rotation have ended, all of them. Without `failure` its version is AWSCURRENT. */
export type Attempted = { seen: FollowState; failure?: Refusal; attempts?: Attempt[]; message?: string }

type Target = Omit<Wave, 'scheduledAt'> & Startable

/** A failure of these leaves the version pending, and RotateSecret attempts it again. */
const MAY_PASS: readonly Reason[] = ['ROTATION_FUNCTION_FAILED', 'PENDING_VERSION_STUCK']

const ORDINALS = ['first', 'second', 'third', 'fourth']

/**
 * Follows what has started; while it fails, and everything still allows it, attempts it again inside its window, as often
 * as its schedule says (`retries`). All attempts send the same token, so there is one version, however many there are.
 * What does not allow it leaves the failure as it is, and is added to its message. Decision 0163.
 */
export async function followAttempts(
  steps: Steps,
  target: Target,
  start: Started,
  before: HookEvent,
  ports: Ports,
): Promise<Attempted> {
  const { timeoutSeconds, retries = 0 } = target
  const failureIn = (state: FollowState) =>
    verdict(state, start.versionId, timeoutSeconds, ports.tolerances?.failuresUnseenAt)
  let seen = await followVersion(steps, target, start, ports)
  let failure = failureIn(seen)
  if (retries === 0) return { seen, ...(failure && { failure }) }

  const { startedAt } = start
  const attempts = [ended(startedAt === undefined ? {} : { sentAt: iso(startedAt) }, seen, failure)]
  while (failure && attempts.length <= retries && MAY_PASS.includes(failure.reason)) {
    const next = await attemptAgain(steps, target, { start, before, seen, attempts }, ports)
    if ('refusal' in next) return { seen, attempts, failure: without(attempts.length, failure, next.refusal) }
    const number = attempts.length + 1
    seen = await followVersion(steps, target, start, ports, { number, sentAt: next.at })
    failure = failureIn(seen)
    // The one before has ended after all, in the pause.
    const attempt = next.attempt ?? attempts.pop() ?? {}
    attempts.push(ended(attempt, seen, failure))
  }
  const last = attempts.length
  if (!failure) return { seen, attempts, ...(last > 1 && { message: keptBy(attempts) }) }
  const message = last > 1 ? `attempt ${last} of ${retries + 1}: ${failure.message}` : failure.message
  return { seen, attempts, failure: { ...failure, message } }
}

/** What a failed attempt leaves to the next one. */
type Last = { start: Started; before: HookEvent; seen: FollowState; attempts: Attempt[] }

/** `at`: epoch ms from when on it is followed. Without `attempt` none was needed: the version is AWSCURRENT. */
type Again = { attempt?: Attempt; at: number } | { refusal: Refusal }

/** Waits, asks again whatever was asked before the first attempt, and sends RotateSecret once more with the same token. */
async function attemptAgain(
  steps: Steps,
  target: Target,
  { start, before, seen, attempts }: Last,
  ports: Ports,
): Promise<Again> {
  const { rotationId, scheduledAt, windowSeconds } = target
  const refusal = ownVersion(start, rotationId)
  if (refusal) return { refusal }
  const number = attempts.length + 1
  const seconds = pauseSeconds(attempts.length)
  const closes = scheduledAt + windowSeconds * 1_000
  if (seen.at + seconds * 1_000 >= closes) {
    const message = `the window closes at ${iso(closes)}, before a pause of ${seconds} s ends`
    return { refusal: { reason: 'WINDOW_CLOSED', message } }
  }
  await steps.wait(`before attempt ${number}`, { seconds })
  if (hooksOf(target).before.length > 0) {
    const name = `gate and inspect, attempt ${number}`
    const barred = await steps.step(
      name,
      ({ attempt }) =>
        whileOpen(ports, target, attempt, async () => {
          const gate = await gateNow(ports, target, attempt)
          return 'bars' in gate ? null : gate
        }),
      windowRetry,
    )
    if (barred) return barred
    const refusal = await runHooks(steps, target, { ...before, attempt: number }, ports)
    if (refusal) return { refusal }
  }
  return steps.step(
    `rotate, attempt ${number}`,
    ({ attempt }) =>
      whileOpen(ports, target, attempt, () => sendAgain(ports, target, { attempts, number }, attempt)),
    windowRetry,
  )
}

/** With another rotation's version pending, the same token might make one more, should that one end meanwhile. */
function ownVersion({ versionId, adopted }: Started, rotationId: string): Refusal | undefined {
  if (versionId === rotationId && !adopted) return undefined
  return { reason: 'ROTATION_REFUSED', message: `version ${versionId} is not this rotation’s own` }
}

/** What cannot be asked or sent is tried again as long as the window leaves time; then it is a no. */
async function whileOpen<T>(
  ports: Ports,
  target: Target,
  tries: number,
  work: () => Promise<T>,
): Promise<T | { refusal: Refusal }> {
  try {
    return await work()
  } catch (error) {
    if (timeForAnother(target, tries, ports.now())) throw error
    return { refusal: error instanceof NotYet ? error.refusal : (unreadable(error) ?? exhausted(error)) }
  }
}

/** A fresh look, and the gate of the first attempt. `bars`, read at `readAt`: it may be sent while they say nothing. */
async function gateNow(
  ports: Ports,
  target: Target,
  tries: number,
): Promise<Again | { bars: (now: number) => Refusal | undefined; readAt: number }> {
  const { secret, rotationId } = target
  const seen = await ports.secrets.describe(secret)
  if ('refusal' in seen) return { refusal: refusalOrRetry(seen, tries) }
  const state = versionState(seen.secret, rotationId)
  if (state === 'current') return { at: ports.now() }
  if (state === 'absent') {
    // What `observe` has heard meanwhile counts, whatever labels show since.
    const { proof } = (await readForGate(ports.ledger.get(rotationId))) ?? {}
    if (proof?.versionId === rotationId) return { at: ports.now() }
    const message = `at ${iso(ports.now())} version ${rotationId} carried no staging label`
    return { refusal: { reason: 'ROTATION_ABANDONED', message } }
  }
  const unfit =
    (await whyUnfit(ports, seen.secret)) ??
    (await errorLimitReached(ports, target)) ??
    (await readCalendars(ports, target))
  if (unfit) return { refusal: unfit }
  const readAt = ports.now()
  const bars = await readBars(ports, target)
  const refusal = bars(ports.now())
  return refusal ? { refusal } : { bars, readAt }
}

/** Fractions of a second apart, and then seconds. */
const FORGET_TRIES = 4

/**
 * Sends it, unless something bars it now. It is noted on the record before it goes out, by whoever holds the rotation:
 * whoever finds it noted follows it, and sends nothing. So no attempt is sent twice, whatever crashes.
 */
async function sendAgain(
  ports: Ports,
  target: Target,
  { attempts, number }: { attempts: Attempt[]; number: number },
  tries: number,
): Promise<Again> {
  const { secret, rotationId } = target
  const noted = (await readForGate(ports.ledger.get(rotationId)))?.attempts?.[number - 1]
  if (noted) return { attempt: noted, at: Date.parse(noted.sentAt ?? '') }
  const gate = await gateNow(ports, target, tries)
  if (!('bars' in gate)) return gate
  const note = (all: Attempt[]) => ports.ledger.noteAttempts(rotationId, all, ports.executionArn)
  const { status, executionArn } = await readForGate(note([...attempts, { sentAt: iso(ports.now()) }]))
  if (status !== 'ROTATING' || executionArn !== ports.executionArn) {
    const message = `meanwhile the record has become ${status}, by ${executionArn}`
    return { refusal: { reason: 'ORCHESTRATOR_LOST', message } }
  }
  /** It has had no effect: whoever comes next may send it, and would follow it instead while that is not noted. */
  const forget = async () => {
    for (let tries = 1; tries <= FORGET_TRIES; tries++) {
      try {
        return await note(attempts)
      } catch (error) {
        ports.log('could not note the refusal', { rotationId, error: String(error) })
        await ports.sleepUntil(ports.now() + pauseMs(rotationId, tries))
      }
    }
  }
  const closed = await barredNow(ports, target, gate).catch(async (error: unknown) => {
    await forget()
    throw error
  })
  if (closed) {
    await forget()
    return { refusal: closed }
  }
  const sentAt = ports.now()
  const attempt: Attempt = { sentAt: iso(sentAt) }
  try {
    const answer = await ports.secrets.rotate(secret, rotationId)
    if ('refusal' in answer) {
      await forget()
      return { refusal: refusalOrRetry(answer, tries) }
    }
    return { attempt: { ...attempt, answer: 'pending' in answer ? 'pending' : 'accepted' }, at: sentAt }
  } catch (error) {
    if (error instanceof NotYet) throw error
    if (mayHaveHadEffect(error)) return { attempt: { ...attempt, answer: 'none' }, at: sentAt }
    await forget()
    throw error
  }
}

function ended(attempt: Attempt, { at, currentAt }: FollowState, failure: Refusal | undefined): Attempt {
  const { sentAt, answer } = attempt
  return {
    ...(sentAt !== undefined && { sentAt }),
    ...(answer && { answer }),
    // What AWS reports has whole seconds.
    endedAt: iso(Math.max(currentAt ?? at, Date.parse(sentAt ?? iso(0)))),
    ...(failure && { reason: failure.reason, evidence: failure.message }),
  }
}

function without(made: number, failure: Refusal, { reason, message }: Refusal): Refusal {
  const words = `no ${ORDINALS[made]} attempt: ${reason} ${message}`
  return { ...failure, message: `${failure.message}; ${words}` }
}

function keptBy(attempts: Attempt[]): string {
  const failed = attempts
    .slice(0, -1)
    .map(({ reason, evidence }, index) => `${index + 1}: ${reason}, ${evidence}`)
  return `kept by attempt ${attempts.length}; ${failed.join('; ')}`
}
