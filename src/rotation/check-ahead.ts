import type { Refusal } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import { barredByCanaries } from './canary.ts'
import { versionState, whyUnfit } from './inspect.ts'
import type { Ports } from './ports.ts'
import { errorLimitReached, readBars, readCalendars, shutUnlessRead } from './read-gate.ts'
import { refusalOrRetry } from './retry.ts'
import { type Startable, versionIdTaken } from './start-rotation.ts'

/** After so many tries, what only spares people a late answer is left to the call itself. */
const MOST_LOOKS = 3

/**
 * Everything that may stand in a rotation's way, before anything is waited for. What cannot be seen now is left to the
 * call. `started`: it may have been sent already. Null: nothing stands in its way.
 */
export function checkAhead(
  ports: Ports,
  rotation: Startable,
  claimed: Rotation,
  attempt: number,
): Promise<Refusal | 'started' | null> {
  return shutUnlessRead(ports, rotation, attempt, async () => {
    const earlier = await findEarlierCall(ports, rotation, claimed)
    if (earlier) return earlier
    const barred = await barredNow(ports, rotation, attempt)
    if (barred) return barred
    if (attempt > MOST_LOOKS) return null
    const closed = rotation.behind ? undefined : await readCalendars(ports, rotation)
    return closed ?? (await inspectSecret(ports, rotation, attempt)) ?? null
  })
}

/** What bars a canary as well is said of the rest by its own name: a freeze is a freeze. So that is asked first there. */
async function barredNow(ports: Ports, rotation: Startable, attempt: number): Promise<Refusal | undefined> {
  if (rotation.refused) return rotation.refused
  const gate = async () => (await readBars(ports, rotation))(ports.now())
  if (!rotation.behind) return (await errorLimitReached(ports, rotation)) ?? gate()
  const barred = (await gate()) ?? (attempt > MOST_LOOKS ? undefined : await readCalendars(ports, rotation))
  if (barred && barred.reason !== 'WINDOW_CLOSED') return barred
  const held = await barredByCanaries(ports, rotation)
  if (barred) return held ? { ...barred, message: `${barred.message}; ${held.message}` } : barred
  return held ?? errorLimitReached(ports, rotation)
}

/**
 * Taken over: the run that had it may have died right after it called RotateSecret. Whether it did is seen by the step
 * that sends, which also says where it cannot be seen; whatever bars a sending bars it there.
 */
async function findEarlierCall(
  ports: Ports,
  rotation: Startable,
  { events, sending }: Rotation,
): Promise<Refusal | 'started' | undefined> {
  if (events.length === 1) return undefined
  if (sending && !sending.refused) return 'started'
  if (!(await hasVersion(ports, rotation))) return undefined
  return sending === null ? versionIdTaken(rotation) : 'started'
}

async function hasVersion(ports: Ports, { secret, rotationId }: Startable): Promise<boolean> {
  const seen = await ports.secrets.describe(secret)
  return 'secret' in seen && versionState(seen.secret, rotationId) !== 'absent'
}

async function inspectSecret(
  ports: Ports,
  rotation: Startable,
  attempt: number,
): Promise<Refusal | undefined> {
  const seen = await ports.secrets.describe(rotation.secret)
  if ('refusal' in seen) return refusalOrRetry(seen, attempt)
  if (versionState(seen.secret, rotation.rotationId) !== 'absent') return versionIdTaken(rotation)
  return whyUnfit(ports, seen.secret)
}
