import type { Consumer } from './consumers.ts'
import type { Adoption, Lagging, Rotation } from './rotation.ts'
import { secretNameOf } from './secret.ts'
import type { Selector } from './selector.ts'
import { DAY } from './time.ts'

/**
 * Who has fetched a secret since it rotated: derived from when each was last seen to read it, by CloudTrail, whenever it
 * is asked. Nobody is said to *have* the new value; nor is what was not seen taken for what was not done. Decision 0171.
 */

/** One who reads a secret: a role, a user, a service. Times are ISO instants, whole seconds as CloudTrail gives them. */
export type Reader = {
  /** The ARN of a role, whatever the session, or of a user; else what CloudTrail calls it. */
  principal: string
  /** When it last fetched what was current then. */
  lastSeen?: string
  /** When it last fetched another version, and which it asked for: a label, or a version's id. */
  otherSeen?: string
  other?: string
  /** When it last asked for AWSPENDING, as a rotation function does, and nobody who uses a secret. */
  pendingSeen?: string
  /** How many sessions it was seen in, about; one of many may have fetched, and another not. */
  sessions: number
}

/** All that were seen of one secret. `full`: there were more than are kept. */
export type Seen = { readers: Reader[]; full: boolean }

const MOST_NAMED = 20

/** Who has read within so long before a rotation is taken for one who uses the secret. */
const KNOWN_MS = 30 * DAY

/** CloudTrail gives whole seconds, and its clock is not ours: what is nearer than this to an instant may be on either side. */
const BOUNDARY_MS = 2_000

type Asking = {
  secrets: string[]
  select?: Selector
  consumers?: Consumer[]
  adoption?: { withinSeconds: number }
}

/** Of these schedules, those that ask who has fetched a secret, which is given by its name in the stage's own place. */
export function askingFor<Schedule extends Asking>(secretName: string, schedules: Schedule[]): Schedule[] {
  return schedules.filter(({ adoption, secrets, select }) => {
    if (!adoption) return false
    // Its tags nobody sees in an event.
    if (select) return secretName.startsWith(select.prefix ?? '')
    return secrets.some((secret) => secretNameOf(secret) === secretName)
  })
}

type Rotated = Pick<Rotation, 'rotationId' | 'versionId' | 'claimedAt' | 'startedAt'> & { rotatedAt: string }

/** `declared`: roles by name or ARN. `now`: epoch ms. */
export function adoptionOf(
  rotation: Rotated,
  declared: string[],
  { readers, full }: Seen,
  { withinSeconds, now }: { withinSeconds: number; now: number },
): Adoption {
  const rotated = Date.parse(rotation.rotatedAt)
  const began = Math.min(rotated, Date.parse(rotation.startedAt ?? rotation.claimedAt))
  const isSince = (at: string | undefined) => at !== undefined && Date.parse(at) >= rotated + BOUNDARY_MS
  const newVersion = rotation.versionId ?? rotation.rotationId
  const stateOf = ({ lastSeen, otherSeen, other }: Reader) => {
    if (isSince(lastSeen) || (isSince(otherSeen) && other === newVersion)) return 'fetched'
    return lastSeen !== undefined && Date.parse(lastSeen) > began - BOUNDARY_MS ? 'unclear' : 'behind'
  }
  const isKnown = (reader: Reader) =>
    (lastOf(reader) ?? 0) >= rotated - KNOWN_MS || declared.some((role) => isRole(role, reader.principal))
  const known = readers.filter((it) => it.pendingSeen === undefined && isKnown(it))
  const unseen = declared.filter((role) => !readers.some(({ principal }) => isRole(role, principal)))
  const fetched = known.filter((it) => stateOf(it) === 'fetched')
  const lagging = (state: string): Lagging[] =>
    known
      .filter((it) => stateOf(it) === state)
      .map(({ principal, lastSeen, otherSeen, other }) => ({
        principal,
        ...(lastSeen !== undefined && { lastSeen }),
        ...(other !== undefined && isSince(otherSeen) && { other }),
      }))
  const count = known.length + unseen.length
  const heard = readers.some((it) => (lastOf(it) ?? 0) >= rotated)
  const unknown = unknownOf(heard, count, full)
  return {
    at: new Date(now).toISOString(),
    ...{ withinSeconds, known: count, fetched: fetched.length },
    behind: [...lagging('behind'), ...unseen.map((principal) => ({ principal }))].slice(0, MOST_NAMED),
    unclear: lagging('unclear').slice(0, MOST_NAMED),
    shared: fetched
      .filter(({ sessions }) => sessions > 1)
      .map(({ principal }) => principal)
      .slice(0, MOST_NAMED),
    ...(unknown && { unknown }),
  }
}

function unknownOf(heard: boolean, known: number, full: boolean): Adoption['unknown'] {
  if (!heard) return 'NOTHING_HEARD'
  if (known === 0) return 'NOBODY_KNOWN'
  return full ? 'TOO_MANY' : undefined
}

/** When it was last seen to ask for anything, epoch ms. */
function lastOf({ lastSeen, otherSeen, pendingSeen }: Reader): number | undefined {
  const all = [lastSeen, otherSeen, pendingSeen].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]))
  return all.length === 0 ? undefined : Math.max(...all)
}

/** A role is declared by its name, which is without its path, or by its ARN. */
export function isRole(declared: string, principal: string): boolean {
  if (declared.startsWith('arn:')) return declared === principal
  return principal.includes(':role/') && principal.split('/').at(-1) === declared
}
