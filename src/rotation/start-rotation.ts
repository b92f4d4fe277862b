import { exhausted, mayHaveHadEffect } from '../aws/refusal.ts'
import type { Rotated, Seen } from '../aws/secrets.ts'
import type { Refusal } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import { barredByCanaries } from './canary.ts'
import type { GateInputs } from './gate.ts'
import { pendingIn, versionState, versionWith, whyUnfit } from './inspect.ts'
import type { Ports } from './ports.ts'
import { barredNow, errorLimitReached, readBars, readCalendars, unreadable } from './read-gate.ts'
import { NotYet, pauseMs, refusalOrRetry, timeForAnother } from './retry.ts'
import { noteRefused, noteSending, noteUnanswered, recallSendings, type Sendings } from './sendings.ts'
import { finishedVersion, foundVersion, giveUp, type Started, startedVersion } from './started.ts'
import type { Behind } from './wave.ts'

/** How the call to RotateSecret ended, as a checkpointed value. Times are epoch ms. */
type Start =
  | { refusal: Refusal }
  /** Nothing was called: the rotation is no longer this execution's. */
  | { lostTo: Rotation }
  | Started

/** A rotation to be started; its `secret` and `rotationId` are the call's. */
export type Startable = GateInputs & {
  name: string
  occasion: string
  maxErrors?: number | undefined
  behind?: Behind | undefined
  /** Why nothing of its wave is sent. What an earlier run may have sent is looked for all the same. */
  refused?: Refusal | undefined
  secret: string
  rotationId: string
}

/** Holds are read this long before the instant, so that reading them does not make the call late. */
const GATE_MS = 500
/** Of one try: sendings, looks or gates without an answer, up to seconds apart. Between tries the workflow sleeps. */
const PROMPT_SENDINGS = 5
/** After the window, to read what earlier processes have sent. */
const RECALL_MS = 600_000

/**
 * Looks, sleeps until the instant, asks the gate, and sends RotateSecret: in this order for each sending, so that
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
  const run = { ports, rotation, sendings, attempt }
  const closes = rotation.scheduledAt + rotation.windowSeconds * 1_000
  try {
    for (let sending = 1; ; sending++) {
      const sent = await lookAndSend(run).catch(unanswered)
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
    await recallAtLast(run, closes, error)
    const refusal = error instanceof NotYet ? error.refusal : (unreadable(error) ?? exhausted(error))
    return giveUp(ports, rotation, sendings, refusal)
  }
}

/** A look or a gate that got no answer is asked again as promptly as a sending. */
function unanswered(error: unknown): Sent {
  if (error instanceof NotYet) throw error
  return { error }
}

/**
 * An outcome has to say what earlier processes may have sent. While that cannot be read, this throws, so that there is
 * another try: the outcome could not be written either. In the end it is in doubt. `closes`: of the window, epoch ms.
 */
async function recallAtLast(
  { ports, rotation, sendings }: Run,
  closes: number,
  error: unknown,
): Promise<void> {
  try {
    await recallSendings(ports, rotation.rotationId, sendings)
  } catch {
    if (ports.now() < closes + RECALL_MS) throw error
    sendings.open = { from: rotation.scheduledAt, sent: [undefined], labels: {} }
  }
}

/** One try to start a rotation, and what this process knows of its sendings. */
type Run = { ports: Ports; rotation: Startable; sendings: Sendings; attempt: number }

type Secret = Extract<Seen, { secret: unknown }>['secret']

/** How it has ended, or why it may be sent again. */
type Sent = { end: Start } | { error: unknown }

/** One look and, where nothing bars it, one sending. */
async function lookAndSend(run: Run): Promise<Sent> {
  let looked = await look(run)
  if ('secret' in looked && (await outwaitDoubt(run))) looked = await look(run)
  if (!('secret' in looked)) return looked
  const { secret } = looked
  const barred = await barredAtInstant(run, secret)
  if (barred === undefined) return send(run, secret)
  return { end: 'lostTo' in barred ? barred : await refuse(run, barred.refusal) }
}

/**
 * Where AWS attempts a version again that it knows, a call without an answer is not repeated until its version would
 * show, or the window closes. Answers whether that was waited for. Where another process has sent it, nobody knows when.
 */
async function outwaitDoubt({ ports, rotation, sendings }: Run): Promise<boolean> {
  const { resendMs } = ports.tolerances ?? {}
  const { open } = sendings
  if (resendMs === undefined || open === undefined) return false
  const { sent, doubtedUntil = (sent.at(-1) ?? ports.now()) + resendMs } = open
  open.doubtedUntil = doubtedUntil
  const until = Math.min(doubtedUntil, rotation.scheduledAt + rotation.windowSeconds * 1_000)
  if (ports.now() >= until) return false
  await ports.sleepUntil(until)
  return true
}

/** The secret as it stands before a sending; or how it ends without one. */
async function look(run: Run): Promise<Sent | { secret: Secret }> {
  const { ports, rotation, sendings, attempt } = run
  const { secret, rotationId } = rotation
  const [seen, unread] = await Promise.all([
    ports.secrets.describe(secret),
    recallSendings(ports, rotationId, sendings).catch((error: unknown) => error),
  ])
  if ('secret' in seen && versionState(seen.secret, rotationId) !== 'absent') {
    if (sendings.any === false) return { end: { refusal: versionIdTaken(rotation) } }
    return { end: foundVersion(ports, seen, rotationId, sendings.open) }
  }
  // What others may have sent decides what may be said.
  if (unread) return { error: unread }
  if ('refusal' in seen) return { end: await refuse(run, refusalOrRetry(seen, attempt)) }
  const adopted = finishedVersion(ports, seen, sendings)
  if (adopted) return { end: adopted }
  const unfit = await whyUnfit(ports, seen.secret)
  return unfit ? { end: await refuse(run, unfit) } : seen
}

/**
 * What bars a sending, asked as late as can be. Calendars are planned and answer for the instant itself, so they come
 * first: a slow answer then makes no call late.
 */
async function barredAtInstant(
  { ports, rotation, sendings }: Run,
  secret: Secret,
): Promise<{ refusal: Refusal } | { lostTo: Rotation } | undefined> {
  const { scheduledAt, rotationId } = rotation
  const barred =
    rotation.refused ??
    (await barredByCanaries(ports, rotation)) ??
    (await errorLimitReached(ports, rotation)) ??
    (await readCalendars(ports, rotation))
  if (barred) return { refusal: barred }
  await ports.sleepUntil(scheduledAt - GATE_MS)
  const readAt = ports.now()
  const [bars, lostTo] = await Promise.all([
    readBars(ports, rotation),
    noteSending(ports, { rotationId, secret, from: Math.max(readAt, scheduledAt) }, sendings),
  ])
  if (lostTo) return { lostTo }
  await ports.sleepUntil(scheduledAt)
  const closed = await barredNow(ports, rotation, { bars, readAt })
  return closed && { refusal: closed }
}

/** Sends RotateSecret once. `before`: the secret as it stood. */
async function send(run: Run, before: Secret): Promise<Sent> {
  const { ports, rotation, sendings } = run
  const { secret, rotationId } = rotation
  const sentAt = ports.now()
  let answer: Rotated
  try {
    answer = await ports.secrets.rotate(secret, rotationId)
  } catch (error) {
    if (mayHaveHadEffect(error)) noteUnanswered(sendings, sentAt, before)
    return { error }
  }
  if (!('versionId' in answer)) return lookAfter(run, answer, before, sentAt)
  const { versionId } = answer
  const started = startedVersion(ports, before, versionId, sentAt, sendings.open)
  if (versionId === rotationId) return { end: started }
  const words = [started.message, otherVersion(versionId, rotationId)]
  return { end: { ...started, message: words.filter((it) => it !== undefined).join('; ') } }
}

/** After an answer that is no success: what the secret shows. */
async function lookAfter(
  run: Run,
  answer: Exclude<Rotated, { versionId: string }>,
  before: Secret,
  sentAt: number,
): Promise<Sent> {
  const { ports, rotation, sendings, attempt } = run
  const { secret, rotationId } = rotation
  // AWS attempts an earlier version again: where it cannot be seen which, that is no answer.
  const doubt = () => 'pending' in answer && noteUnanswered(sendings, sentAt, before)
  const after = await ports.secrets.describe(secret).catch((error: unknown) => {
    doubt()
    throw error
  })
  if ('secret' in after && versionState(after.secret, rotationId) !== 'absent')
    // Not the sending that was refused: one before it, of which a process that has died may have known alone.
    return { end: foundVersion(ports, after, rotationId, sendings.open) }
  if ('refusal' in answer) return { end: await refuse(run, refusalOrRetry(answer, attempt)) }
  if ('refusal' in after) {
    doubt()
    return { end: await refuse(run, refusalOrRetry(after, attempt)) }
  }
  // AWS attempts the version again that an earlier rotation left pending: it is the one to follow.
  const pending = versionWith(after.secret, 'AWSPENDING') ?? pendingIn(before)
  if (pending === undefined || pending === versionWith(before, 'AWSCURRENT')) {
    const words = `Secrets Manager says a previous rotation of "${secret}" is not complete, yet no version is pending`
    return { error: new Error(words) }
  }
  return { end: { ...startedVersion(ports, before, pending, sentAt, sendings.open), adopted: true } }
}

function refuse({ ports, rotation, sendings }: Run, refusal: Refusal) {
  return giveUp(ports, rotation, sendings, refusal)
}

/** No run of this rotation has let a call out: what has its id is another's, and no success of ours (decision 0101). */
export function versionIdTaken({ rotationId, secret }: { rotationId: string; secret: string }): Refusal {
  const message = `"${secret}" had a version ${rotationId} before this rotation asked for one`
  return { reason: 'VERSION_ID_TAKEN', message }
}

function otherVersion(versionId: string, token: string): string {
  return `Secrets Manager answered version ${versionId} to the token ${token}: that version is followed`
}
