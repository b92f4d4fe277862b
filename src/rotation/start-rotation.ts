import { exhausted, mayHaveHadEffect } from '../aws/refusal.ts'
import type { Rotated, Seen } from '../aws/secrets.ts'
import type { Refusal } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import { errorLimitReached } from './error-limit.ts'
import { type GateInputs, gate } from './gate.ts'
import { pendingIn, standingOf, versionWith } from './inspect.ts'
import type { Ports } from './ports.ts'
import { gateRead, holdsOver, newerPolicy, readCalendars, unreadable } from './read-gate.ts'
import { letOut, noteRefused, recall, type Sendings, unanswered } from './sendings.ts'
import { believed, NotYet, timeForAnother } from './start-retry.ts'
import { finished, found, noMore, type Started, started } from './started.ts'
import { unfit } from './unfit.ts'

/** How the call to RotateSecret ended, as a checkpointed value. Times are epoch ms. */
export type Start =
  | { refusal: Refusal }
  /** Nothing was called: the rotation is no longer this execution's. */
  | { lostTo: Rotation }
  | Started

/** A rotation to be started; its `secret` and `rotationId` are the call's. */
export type Startable = GateInputs & {
  name: string
  occasion: string
  maxErrors?: number | undefined
  secret: string
  rotationId: string
}

/** Holds are read this long before the instant, so that reading them does not make the call late. */
const GATE_MS = 500
/** Sendings of one try, a fraction of a second and then seconds apart; between tries the workflow sleeps. */
const PROMPT_SENDINGS = 5

/**
 * Looks, holds until the instant, asks the gate, and sends RotateSecret: in this order for each sending, so that
 * nothing is sent past a window or under a hold. One rotation comes of it however often it runs, as all sendings have
 * the same token. Every answer but success is followed by a look, for it may be a second answer to a call that had its
 * effect. Throws what a later try may settle, as long as the window leaves time for one. Decision 0082.
 */
export async function startRotation(
  ports: Ports,
  rotation: Startable,
  sendings: Sendings,
  attempt: number,
): Promise<Start> {
  const closes = rotation.scheduledAt + rotation.windowSeconds * 1_000
  try {
    for (let sending = 1; ; sending++) {
      const sent = await lookAndSend(ports, rotation, sendings, attempt)
      if ('end' in sent) return sent.end
      const next = ports.now() + pauseMs(rotation.rotationId, sending)
      if (sending === PROMPT_SENDINGS || next >= closes) throw sent.error
      await ports.sleepUntil(next)
    }
  } catch (error) {
    if (timeForAnother(rotation, attempt, ports.now())) {
      await noteRefused(ports, rotation.rotationId, sendings)
      throw error
    }
    const refusal = error instanceof NotYet ? error.refusal : (unreadable(error) ?? exhausted(error))
    return noMore(ports, rotation, sendings, refusal)
  }
}

/** One look and, where nothing bars it, one sending. `error`: it may be sent again. */
async function lookAndSend(
  ports: Ports,
  rotation: Startable,
  sendings: Sendings,
  attempt: number,
): Promise<{ end: Start } | { error: unknown }> {
  const { secret, rotationId } = rotation
  const [seen, unread] = await Promise.all([
    ports.secrets.describe(secret),
    recall(ports, rotationId, sendings).catch((error: unknown) => error),
  ])
  if ('secret' in seen && standingOf(seen.secret, rotationId) !== 'absent') {
    const isOthers = sendings.any === false
    return { end: isOthers ? { refusal: taken(rotation) } : found(ports, seen, rotationId, sendings.open) }
  }
  // What others may have sent decides what may be said.
  if (unread) return { error: unread }
  if ('refusal' in seen) return { end: await noMore(ports, rotation, sendings, believed(seen, attempt)) }
  const adopted = finished(ports, seen, sendings)
  if (adopted) return { end: adopted }
  const cannot = await gateRead(unfit(ports, seen.secret))
  const barred = cannot ? { refusal: cannot } : await barredAtInstant(ports, rotation, seen.secret, sendings)
  if (barred && 'lostTo' in barred) return { end: barred }
  if (barred) return { end: await noMore(ports, rotation, sendings, barred.refusal) }

  const [before, sentAt] = [seen.secret, ports.now()]
  let answer: Rotated
  try {
    answer = await ports.secrets.rotate(secret, rotationId)
  } catch (error) {
    if (mayHaveHadEffect(error)) unanswered(sendings, sentAt, before)
    return { error }
  }
  if ('versionId' in answer) {
    const { versionId } = answer
    const told = versionId === rotationId ? {} : { message: otherVersion(versionId, rotationId) }
    return { end: { ...started(ports, before, versionId, sentAt, sendings.open), ...told } }
  }
  const after = await ports.secrets.describe(secret)
  if ('secret' in after && standingOf(after.secret, rotationId) !== 'absent')
    // Not the sending that was refused: one before it, of which a process that has died may have known alone.
    return { end: found(ports, after, rotationId, sendings.open) }
  if ('refusal' in answer) return { end: await noMore(ports, rotation, sendings, believed(answer, attempt)) }
  if ('refusal' in after) return { end: await noMore(ports, rotation, sendings, believed(after, attempt)) }
  // AWS attempts the version again that an earlier rotation left pending: it is the one to follow.
  const pending = versionWith(after.secret, 'AWSPENDING') ?? pendingIn(before)
  if (pending === undefined || pending === versionWith(before, 'AWSCURRENT')) {
    const words = `Secrets Manager says a previous rotation of "${secret}" is not complete, yet no version is pending`
    return { error: new Error(words) }
  }
  return { end: { ...started(ports, before, pending, sentAt, sendings.open), adopted: true } }
}

/**
 * What bars a sending, asked as late as can be. Calendars are planned and answer for the instant itself, so they come
 * first: a slow answer then makes no call late.
 */
async function barredAtInstant(
  ports: Ports,
  rotation: Startable,
  secret: Extract<Seen, { secret: unknown }>['secret'],
  sendings: Sendings,
): Promise<{ refusal: Refusal } | { lostTo: Rotation } | undefined> {
  const { scheduledAt, rotationId } = rotation
  const barred =
    (await gateRead(errorLimitReached(ports, rotation))) ?? (await readCalendars(ports, rotation))
  if (barred) return { refusal: barred }
  await ports.sleepUntil(scheduledAt - GATE_MS)
  const [holds, lostTo, bars] = await Promise.all([
    holdsOver(ports, rotation),
    letOut(ports, { rotationId, secret, from: Math.max(ports.now(), scheduledAt) }, sendings),
    newerPolicy(ports),
  ])
  if (lostTo) return { lostTo }
  await ports.sleepUntil(scheduledAt)
  const now = ports.now()
  const closed = gate(rotation, ports.config, holds, now) ?? bars(rotation, now)
  return closed && { refusal: closed }
}

/** No run of this rotation has let a call out: what has its id is another's, and no success of ours (decision 0101). */
export function taken({ rotationId, secret }: { rotationId: string; secret: string }): Refusal {
  const message = `"${secret}" had a version ${rotationId} before this rotation asked for one`
  return { reason: 'VERSION_ID_TAKEN', message }
}

function otherVersion(versionId: string, token: string): string {
  return `Secrets Manager answered version ${versionId} to the token ${token}: that version is followed`
}

/** Doubles from 200 ms, and is half to one and a half times that by the rotation's id: a wave's calls do not come again together. */
function pauseMs(rotationId: string, sending: number): number {
  const part = Number.parseInt(rotationId.slice(sending - 1, sending + 3), 16) / 0xffff
  return Math.round(200 * 2 ** (sending - 1) * (0.5 + part))
}
