import type { Rotation } from '../ledger/rotation.ts'
import { askCalendars } from './change-calendar.ts'
import { type Gated, gate } from './gate.ts'
import { inspect, standingOf, versionWith } from './inspect.ts'
import { gateRead, holdsOver, lostClaim, unreadable } from './read-gate.ts'
import type { Refusal } from './reasons.ts'
import { exhausted } from './secrets.ts'
import { timeForAnother } from './start-retry.ts'
import { stopped } from './stopped.ts'
import type { World } from './world.ts'

/** How the call to RotateSecret ended, as a checkpointed value. Times are epoch ms. */
export type Start =
  | { refusal: Refusal }
  /** Nothing was called: the rotation is no longer this execution's. */
  | { lostTo: Rotation }
  | {
      versionId: string
      secretArn?: string | undefined
      previousVersionId?: string | undefined
      /** When RotateSecret was sent; absent where an earlier, interrupted try had sent it. */
      startedAt?: number
      /** The version is one that an earlier, unfinished rotation had left pending. */
      adopted?: boolean
      observedAt: number
    }

/** Holds are read this long before the instant, so that reading them does not make the call late. */
const GATE_MS = 500

/**
 * Looks, holds until the instant, and calls RotateSecret: once for a rotation, however often it runs. What a repeated
 * RotateSecret with a used token answers is undocumented, so it looks before the call (an earlier try may have been
 * carried out, its answer lost) and again after an error. Throws what a later try may settle, as long as the window
 * leaves time for one.
 */
export async function startRotation(
  world: World,
  rotation: Gated & { name: string; occasion: string; maxErrors?: number | undefined } & {
    secret: string
    rotationId: string
  },
  attempt: number,
): Promise<Start> {
  const { secret, rotationId } = rotation
  try {
    const before = await world.secrets.describe(secret)
    if ('refusal' in before) return before
    const known = {
      secretArn: before.secret.ARN,
      previousVersionId: versionWith(before.secret, 'AWSCURRENT'),
    }
    if (standingOf(before.secret, rotationId) !== 'absent') {
      return {
        ...known,
        ...previousOf(before.secret, rotationId),
        versionId: rotationId,
        observedAt: world.now(),
      }
    }
    const unfit = inspect(before.secret)
    if (unfit) return { refusal: unfit }
    // Asked again, as a rotation asked for ahead passed its gate days ago, and between tries minutes pass.
    const tooManyErrors = await gateRead(stopped(world, rotation))
    if (tooManyErrors) return { refusal: tooManyErrors }

    // Asked again right before the call: the wait, or an earlier try, may have taken long. Calendars are planned and
    // answer for the instant itself, so they come first: a slow answer then makes no call late.
    const barred = await askCalendars(world, rotation)
    if (barred) return { refusal: barred }
    await world.holdUntil(rotation.scheduledAt - GATE_MS)
    const [holds, lostTo] = await Promise.all([holdsOver(world, rotation), lostClaim(world, rotationId)])
    if (lostTo) return { lostTo }
    await world.holdUntil(rotation.scheduledAt)
    const startedAt = world.now()
    const closed = gate(rotation, world.config, holds, startedAt)
    if (closed) return { refusal: closed }

    const answer = await callOrLook(world, secret, rotationId)
    if ('refusal' in answer) return answer
    const started = { ...known, startedAt, observedAt: world.now() }
    if (!answer.pending) return { ...started, versionId: rotationId }
    return await adopt(world, secret, rotationId, started)
  } catch (error) {
    if (timeForAnother(rotation, attempt, world.now())) throw error
    return { refusal: unreadable(error) ?? exhausted(error) } // whether an answer got lost, the audit will see
  }
}

async function callOrLook(world: World, secret: string, token: string) {
  try {
    return await world.secrets.rotate(secret, token)
  } catch (error) {
    const after = await world.secrets.describe(secret)
    if ('secret' in after && standingOf(after.secret, token) !== 'absent') return {}
    throw error
  }
}

/** AWS re-attempts the version that an earlier rotation left pending: it is the one to follow. */
async function adopt(
  world: World,
  secret: string,
  rotationId: string,
  started: { startedAt: number; observedAt: number },
): Promise<Start> {
  const now = await world.secrets.describe(secret)
  if ('refusal' in now) return now
  const pending = versionWith(now.secret, 'AWSPENDING')
  if (pending === undefined) {
    throw new Error(
      `Secrets Manager says a previous rotation of «${secret}» is not complete, yet no version is pending`,
    )
  }
  return pending === rotationId
    ? { ...started, versionId: pending }
    : { ...started, versionId: pending, adopted: true }
}

/** Once our version is current, the previous one is the one labelled so. */
function previousOf(secret: Parameters<typeof versionWith>[0], rotationId: string) {
  if (standingOf(secret, rotationId) !== 'current') return {}
  return { previousVersionId: versionWith(secret, 'AWSPREVIOUS') }
}
