import { refusalOf } from '../model/exception.ts'
import { bindingOn, type Hold, scopesOver } from '../model/hold.ts'
import { rotationIdOf, waveIdOf } from '../model/identity.ts'
import type { Refusal } from '../model/reasons.ts'
import { asError, atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { calendarClosed, type GateInputs, gate } from './gate.ts'
import { barredByPolicy } from './policy.ts'
import type { Ports } from './ports.ts'
import { timeForAnother } from './retry.ts'

/** Whom a gate asks, and what it says where it got no answer. */
const ASKED = {
  GATE_UNREADABLE: 'the ledger',
  CALENDAR_UNREADABLE: 'a Change Calendar',
} as const satisfies Partial<Record<Refusal['reason'], string>>

/** What the gate asks could not be read, whatever AWS answered: whether it is open is not known. Decision 0091. */
class GateUnread extends Error {
  readonly reason: keyof typeof ASKED
  constructor(reason: keyof typeof ASKED, cause: unknown) {
    const { name, message } = asError(cause)
    super(`${name}: ${atDoor(message)}`, { cause })
    this.reason = reason
  }
}

/** The answer to something that a gate asks. Rejects with what `unreadable` knows again. */
export async function readForGate<T>(
  answer: Promise<T>,
  reason: keyof typeof ASKED = 'GATE_UNREADABLE',
): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw new GateUnread(reason, error)
  }
}

/** The holds over a rotation that count at the instant at which it would start. Under an override they do not count, and are not asked for. */
async function holdsOver(
  ports: Pick<Ports, 'holds' | 'now'>,
  { name, trigger, secret, override, scheduledAt }: GateInputs & { name: string; secret: string },
): Promise<Hold[]> {
  if (override !== undefined) return []
  const start = iso(Math.max(ports.now(), scheduledAt))
  return bindingOn(
    { name, trigger },
    await readForGate(ports.holds.covering(scopesOver(name, [secret]), start)),
  )
}

/**
 * What a person has decided about this one occurrence. What was asked for on demand is none; what was moved here goes by
 * what stands at its old instant, so that it never runs at both. Rejects as `readBars`.
 */
export async function readException(
  ports: Pick<Ports, 'exceptions'>,
  {
    name,
    trigger,
    scheduledAt,
    moved,
  }: Pick<GateInputs, 'trigger' | 'scheduledAt' | 'moved'> & { name: string },
): Promise<Refusal | undefined> {
  if (trigger === 'ON_DEMAND') return undefined
  if (moved !== undefined) {
    const standing = await readForGate(ports.exceptions.at(name, moved.from))
    if (standing?.id === moved.id && standing.movedTo === iso(scheduledAt)) return undefined
    const message = `that ${name} of ${moved.from} is moved here was taken back (exception ${moved.id})`
    return { reason: 'SKIPPED_ONCE', message }
  }
  const exception = await readForGate(ports.exceptions.at(name, iso(scheduledAt)))
  return exception && refusalOf(exception)
}

/**
 * What the config, its newest deploy, the holds and an exception bar of a rotation, at the instant (epoch ms) that is
 * asked for. Rejects with what `unreadable` knows again.
 */
export async function readBars(
  ports: Pick<Ports, 'config' | 'ledger' | 'holds' | 'exceptions' | 'policies' | 'startedAt' | 'now'>,
  rotation: GateInputs & { name: string; secret: string },
): Promise<(now: number) => Refusal | undefined> {
  const { config, startedAt = 0 } = ports
  const [holds, policy, excepted, rotated] = await Promise.all([
    holdsOver(ports, rotation),
    readForGate(ports.policies.get()),
    readException(ports, rotation),
    readOldInstant(ports, rotation),
  ])
  return (now) =>
    excepted ??
    rotated ??
    gate(rotation, config, holds, now) ??
    barredByPolicy(rotation, policy, startedAt, now)
}

/** What bars it is read half a second before a call, and that takes a moment. */
const OLD_MS = 2_000
/** Times that it is read again, where each takes longer. */
const MOST_READS = 3

/**
 * What bars a call that goes out now, by `bars` of `readAt` (epoch ms). Where the note in between was slow, it is read
 * again, and once more where that was slow: a hold may have been placed meanwhile. Rejects as `readBars`.
 */
export async function barredNow(
  ports: Parameters<typeof readBars>[0],
  rotation: Parameters<typeof readBars>[1],
  { bars, readAt }: { bars: (now: number) => Refusal | undefined; readAt: number },
): Promise<Refusal | undefined> {
  for (let reads = 0; ports.now() - readAt > OLD_MS; reads++) {
    if (reads === MOST_READS) {
      const words = `to read it took longer than ${OLD_MS / 1_000} s, ${reads} times`
      throw new GateUnread('GATE_UNREADABLE', new Error(words))
    }
    readAt = ports.now()
    bars = await readBars(ports, rotation)
    const closed = bars(ports.now())
    if (closed) return closed
  }
  return bars(ports.now())
}

/**
 * Whether what was moved here has rotated at its old instant all the same: it was moved while its gate was asked, half a
 * second before.
 */
async function readOldInstant(
  { ledger }: Pick<Ports, 'ledger'>,
  { name, secret, moved }: GateInputs & { name: string; secret: string },
): Promise<Refusal | undefined> {
  if (moved === undefined) return undefined
  const old = await readForGate(ledger.get(rotationIdOf(name, secret, moved.from)))
  if (old === undefined || old.status === 'SKIPPED' || old.status === 'MISSED') return undefined
  if (old.status === 'CLAIMED' && (!old.sending || old.sending.refused)) return undefined
  const message = `it was moved too late: at its own instant, ${moved.from}, it had begun (${old.rotationId}, ${old.status})`
  return { reason: 'SKIPPED_ONCE', message }
}

/** Why nothing new of a wave is launched any more: as many of its rotations went wrong as `maxErrors` allows. */
export async function errorLimitReached(
  ports: Pick<Ports, 'waves'>,
  wave: { name: string; occasion: string; maxErrors?: number | undefined },
): Promise<Refusal | undefined> {
  if (wave.maxErrors === undefined) return undefined
  const { failed = [] } = (await readForGate(ports.waves.get(waveIdOf(wave)))) ?? {}
  if (failed.length < wave.maxErrors) return undefined
  return {
    reason: 'WAVE_STOPPED',
    message: `${failed.length} rotations of this wave went wrong before it was launched`,
  }
}

/**
 * Asks the calendars that a rotation is subject to: about its instant, or about now where that has passed. Nothing is
 * asked under an override. Rejects with what a later try may settle.
 */
export async function readCalendars(
  ports: Pick<Ports, 'calendarState' | 'now'>,
  { changeCalendars = [], override, scheduledAt }: GateInputs,
): Promise<Refusal | undefined> {
  if (changeCalendars.length === 0 || override !== undefined) return undefined
  const at = Math.max(ports.now(), scheduledAt)
  const answer = await readForGate(ports.calendarState(changeCalendars, at), 'CALENDAR_UNREADABLE')
  return calendarClosed(changeCalendars, answer)
}

/** A gate that cannot see is shut. Undefined where the error is another one. */
export function unreadable(error: unknown): Refusal | undefined {
  if (!(error instanceof GateUnread)) return undefined
  const { reason, message } = error
  return {
    reason,
    message: `${ASKED[reason]} could not be asked whether it may start, and the window leaves no time for another try. ${message}`,
  }
}

/** Reads; where the gate cannot be read it is tried again as long as the window leaves time, and shut after that. */
export async function shutUnlessRead<T>(
  ports: Pick<Ports, 'now'>,
  rotation: GateInputs,
  attempt: number,
  read: () => Promise<T>,
): Promise<T | Refusal> {
  try {
    return await read()
  } catch (error) {
    const refusal = unreadable(error)
    if (refusal === undefined || timeForAnother(rotation, attempt, ports.now())) throw error
    return refusal
  }
}
