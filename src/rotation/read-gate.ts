import type { Hold } from '../model/hold.ts'
import { scopesOver } from '../model/hold.ts'
import type { Refusal } from '../model/reasons.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { calendarClosed, type GateInputs } from './gate.ts'
import { barredByPolicy } from './policy.ts'
import type { Ports } from './ports.ts'
import { timeForAnother } from './start-retry.ts'

/** Whom a gate asks, and what it says where it got no answer. */
const ASKED = {
  GATE_UNREADABLE: 'the ledger',
  CALENDAR_UNREADABLE: 'a Change Calendar',
} as const satisfies Partial<Record<Refusal['reason'], string>>

/** What the gate asks could not be read, whatever AWS answered: whether it is open is not known. */
class GateUnread extends Error {
  readonly reason: keyof typeof ASKED
  constructor(reason: keyof typeof ASKED, cause: unknown) {
    const { name, message } = cause instanceof Error ? cause : { name: 'Error', message: String(cause) }
    super(`${name}: ${atDoor(message)}`, { cause })
    this.reason = reason
  }
}

/** The answer to something that a gate asks. Rejects with what `unreadable` knows again. */
export async function gateRead<T>(
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
export async function holdsOver(
  ports: Pick<Ports, 'holds' | 'now'>,
  { name, secret, override, scheduledAt }: GateInputs & { name: string; secret: string },
): Promise<Hold[]> {
  if (override !== undefined) return []
  const start = iso(Math.max(ports.now(), scheduledAt))
  return gateRead(ports.holds.covering(scopesOver(name, [secret]), start))
}

/** What the newest config bars of a rotation whose execution started on an older one, and waited. */
export async function newerPolicy(
  ports: Pick<Ports, 'policies' | 'startedAt' | 'now'>,
): Promise<(rotation: GateInputs & { name: string }, now: number) => Refusal | undefined> {
  const { startedAt = 0 } = ports
  const policy = await gateRead(ports.policies.get())
  return (rotation, now) => barredByPolicy(rotation, policy, startedAt, now)
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
  const answer = await gateRead(ports.calendarState(changeCalendars, at), 'CALENDAR_UNREADABLE')
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

/** Looks; where the gate cannot be read it is tried again as long as the window leaves time, and shut after that. */
export async function shutUnlessRead<T>(
  ports: Pick<Ports, 'now'>,
  rotation: GateInputs,
  attempt: number,
  look: () => Promise<T>,
): Promise<T | Refusal> {
  try {
    return await look()
  } catch (error) {
    const refusal = unreadable(error)
    if (refusal === undefined || timeForAnother(rotation, attempt, ports.now())) throw error
    return refusal
  }
}
