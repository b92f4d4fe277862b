import { divided } from '../config/canary.ts'
import { rotationIdOf } from '../model/identity.ts'
import type { Refusal } from '../model/reasons.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { readForGate } from './read-gate.ts'
import { NotYet } from './retry.ts'
import { watchOther } from './watch.ts'
import type { Behind, Wave } from './wave.ts'

type Waiting = {
  name: string
  occasion: string
  /** Epoch ms. */
  scheduledAt: number
  windowSeconds: number
  behind?: Behind | undefined
}

/** `from`: when the rest may start, epoch ms. `open`: a canary has no outcome yet, so it may not. */
type RestStart = { from: number } | { refusal: Refusal; open: boolean }

/** The same wave with its canaries at the front: who looks whether it lives, looks at them. */
export function canariesFirst(wave: Wave): Wave {
  const { canaries, rest } = divided(wave, wave.secrets)
  return canaries.length === 0 ? wave : { ...wave, secrets: [...canaries, ...rest] }
}

/** The canaries of a wave, and the rest that waits for them; all together where there are none, or nothing may start. */
export function splitCanaries(wave: Wave): { first: Wave; rest?: Wave & { behind: Behind } } {
  const { canaries, rest, absent } = divided(wave, wave.secrets)
  if (wave.canary === undefined || wave.refused || rest.length === 0) return { first: wave }
  const behind = { canaries, absent, soakSeconds: wave.soakSeconds ?? 0 }
  return { first: { ...wave, secrets: canaries }, rest: { ...wave, secrets: rest, behind } }
}

/**
 * Sleeps until the rest may start, or it is known that it may not. It decides nothing: each of the rest asks again right
 * before its call. Another run of the wave may hold the canaries, so they are watched. Nothing is waited for that would
 * end after the window.
 */
export async function awaitCanaries(
  steps: Steps,
  rest: Wave & { behind: Behind },
  ports: Ports,
): Promise<void> {
  const { behind, name } = rest
  if (behind.absent.length > 0) return
  const waiting = { ...rest, scheduledAt: Date.parse(rest.scheduledAt) }
  const start = await watchOther<RestStart | null>(
    steps,
    'watch the canaries',
    {
      initial: null,
      since: waiting.scheduledAt,
      until: closesAt(waiting) - behind.soakSeconds * 1_000,
      look: () => readRestStart(ports, waiting, behind),
      isOver: (seen) => seen !== null && !('open' in seen && seen.open),
      failed: (error) => ports.log('could not read the ledger', { schedule: name, error }),
      // A window may be a day, and each look is an operation.
      pause: (left, attempt) => Math.max(1, Math.min(left, 300, Math.round(15 * 1.1 ** (attempt - 1)))),
    },
    ports,
  )
  if (start === null || !('from' in start)) return
  const seconds = await steps.step('how long to soak', async () =>
    Math.ceil((start.from - ports.now()) / 1_000),
  )
  if (seconds > 0) await steps.wait('soak', { seconds })
}

/**
 * Why one of the rest may not start: the gate's part of the canary, by the ledger alone, so that it binds whichever
 * execution asks. Rejects with what `unreadable` knows again, or with NotYet while the soak lasts.
 */
export async function barredByCanaries(
  ports: Pick<Ports, 'ledger' | 'now'>,
  rotation: Waiting,
): Promise<Refusal | undefined> {
  const { behind } = rotation
  if (behind === undefined) return undefined
  const start = await readForGate(readRestStart(ports, rotation, behind))
  if (!('from' in start)) return start.refusal
  if (ports.now() >= start.from) return undefined
  throw new NotYet(unverified(`its canaries soak until ${iso(start.from)}`))
}

async function readRestStart(
  { ledger }: Pick<Ports, 'ledger'>,
  waiting: Waiting,
  behind: Behind,
): Promise<RestStart> {
  const { name, occasion } = waiting
  const records = await Promise.all(
    behind.canaries.map((secret) => ledger.get(rotationIdOf(name, secret, occasion))),
  )
  return restStartOf(waiting, behind, records)
}

/** A success that came late has not been verified: its after-hooks have not run. */
function restStartOf(
  waiting: Waiting,
  { canaries, absent, soakSeconds }: Behind,
  records: (Rotation | undefined)[],
): RestStart {
  const [missing] = absent
  if (missing !== undefined)
    return { refusal: unverified(`canary "${missing}" is none of this wave’s secrets`), open: false }
  const isSettled = (it: Rotation | undefined) => it !== undefined && SETTLED.includes(it.status)
  const isVerified = (it: Rotation | undefined) => it?.status === 'SUCCEEDED' && !it.late
  const bad = records.findIndex((it) => isSettled(it) && !isVerified(it))
  const index = bad === -1 ? records.findIndex((it) => !isVerified(it)) : bad
  if (index !== -1) {
    const { status, reason, late } = records[index] ?? {}
    const how =
      status === undefined ? 'not started' : [late && 'late', status, reason].filter(Boolean).join(' ')
    return { refusal: unverified(`canary "${canaries[index]}" is ${how}`), open: bad === -1 }
  }
  const verifiedAt = Math.max(...records.map((it) => Date.parse(it?.settledAt ?? '')))
  const from = verifiedAt + soakSeconds * 1_000
  const closes = closesAt(waiting)
  if (from < closes) return { from }
  const soak = soakSeconds > 0 ? `, and soak until ${iso(from)}` : ''
  const message = `its canaries had succeeded by ${iso(verifiedAt)}${soak}; the window closes at ${iso(closes)}`
  return { refusal: { reason: 'WINDOW_CLOSED', message }, open: false }
}

function closesAt({ scheduledAt, windowSeconds }: Waiting): number {
  return scheduledAt + windowSeconds * 1_000
}

function unverified(message: string): Refusal {
  return { reason: 'CANARY_NOT_VERIFIED', message }
}
