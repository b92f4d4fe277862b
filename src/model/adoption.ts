import { type Consumer, hasByName } from './consumers.ts'
import type { Adoption, Fetching, Lagging, Rotation } from './rotation.ts'
import type { SecretRead } from './secret-read.ts'
import type { Selector } from './selector.ts'
import { oneLine } from './text.ts'
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

/** Which of a reader's instants a read is. */
export const SEEN_AT = { current: 'lastSeen', pending: 'pendingSeen', other: 'otherSeen' } as const

/** What was seen, and these reads too: in whatever order they come, however often. */
export function withReads({ readers, full }: Seen, reads: SecretRead[]): Seen {
  const all = new Map(readers.map((one) => [one.principal, { ...one }]))
  const sessions = new Map<string, Set<string>>()
  for (const { principal, what, at, other, sessions: its } of reads) {
    const known = all.get(principal) ?? { principal, sessions: 0 }
    all.set(principal, known)
    sessions.set(principal, new Set([...(sessions.get(principal) ?? []), ...its]))
    if ((known[SEEN_AT[what]] ?? '') >= at) continue
    known[SEEN_AT[what]] = at
    if (other !== undefined) known.other = other
  }
  for (const [principal, its] of sessions) {
    const known = all.get(principal)
    if (known) known.sessions = Math.max(known.sessions, its.size)
  }
  return { readers: [...all.values()], full }
}

const MOST_NAMED = 20

/** Who has read within so long before a rotation is taken for one who uses the secret. */
const KNOWN_MS = 30 * DAY

/** As long as a rotation may take: src/model/limits.ts. */
const LONGEST_ROTATION_MS = DAY

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
  return schedules.filter((one) => one.adoption !== undefined && hasByName(secretName, one))
}

/**
 * When the later half of the time began, in which all who use a secret should have fetched it, or of what has gone of that
 * time, epoch ms. Where no read at all was heard since, a trail may have stopped: whoever fetched then was not heard.
 */
export function laterHalfOf(rotatedAt: string, withinSeconds: number, now: number): number {
  const rotated = Date.parse(rotatedAt)
  return rotated + Math.max(0, Math.min(now - rotated, withinSeconds * 1_000)) / 2
}

/** Whether anything was heard at this time, epoch ms, or later. */
export function isHeardSince({ readers }: Pick<Seen, 'readers'>, at: number): boolean {
  return readers.some((one) => (lastOf(one) ?? 0) >= at)
}

/** Whether any schedule asks who fetches its secrets. */
export function watchesReads({ schedules }: { schedules: Pick<Asking, 'adoption'>[] }): boolean {
  return schedules.some(({ adoption }) => adoption !== undefined)
}

type Rotated = Pick<Rotation, 'rotationId' | 'versionId' | 'secretArn' | 'claimedAt' | 'startedAt'> & {
  rotatedAt: string
}

/** `declared`: roles by name or ARN. `now`: epoch ms. `silent`: see `laterHalfOf`. */
export function adoptionOf(
  rotation: Rotated,
  declared: string[],
  { readers, full }: Seen,
  { withinSeconds, now, silent = false }: { withinSeconds: number; now: number; silent?: boolean },
): Adoption {
  const rotated = Date.parse(rotation.rotatedAt)
  const began = Math.min(rotated, Date.parse(rotation.startedAt ?? rotation.claimedAt))
  const isSince = (at: string | undefined) => at !== undefined && Date.parse(at) >= rotated + BOUNDARY_MS
  // An ARN that may have been another secret's is this one's, now that its own is known.
  const current = [rotation.versionId ?? rotation.rotationId, rotation.secretArn]
  /** When it had fetched at the latest: each read since is one. */
  const fetchedAt = ({ lastSeen, otherSeen, other }: Reader) =>
    [lastSeen, other !== undefined && current.includes(other) ? otherSeen : undefined]
      .flatMap((at) => (at !== undefined && isSince(at) ? [Date.parse(at)] : []))
      .reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const stateOf = ({ lastSeen, otherSeen, other }: Reader) => {
    const all = [lastSeen, other !== undefined && current.includes(other) ? otherSeen : undefined]
    if (all.some(isSince)) return 'fetched'
    return all.some((at) => at !== undefined && Date.parse(at) > began - BOUNDARY_MS) ? 'unclear' : 'behind'
  }
  const isDeclared = ({ principal }: Reader) => declared.some((role) => isRole(role, principal))
  const isKnown = (reader: Reader) =>
    (lastOf(reader) ?? 0) >= rotated - KNOWN_MS && !isRotator(reader) && !isPerson(reader.principal)
  const known = readers.filter((it) => isDeclared(it) || isKnown(it))
  // One that is declared by its name and its ARN is one.
  const isTwice = (role: string) => declared.some((other) => other !== role && isRole(role, other))
  const unseen = declared.filter(
    (role) => !isTwice(role) && !readers.some(({ principal }) => isRole(role, principal)),
  )
  const fetched = known.filter((it) => stateOf(it) === 'fetched')
  const lagging = (state: string): Lagging[] =>
    known
      .filter((it) => stateOf(it) === state)
      .map(({ principal, lastSeen, otherSeen, other }) => ({
        principal,
        ...(lastSeen !== undefined && { lastSeen }),
        ...(other !== undefined && isSince(otherSeen) && { other }),
      }))
  const behind = [...lagging('behind'), ...unseen.map((principal) => ({ principal }))]
  const unclear = lagging('unclear')
  const beyond = (some: Lagging[]) => Math.max(0, some.length - MOST_NAMED)
  const more = { behind: beyond(behind), unclear: beyond(unclear) }
  const count = known.length + unseen.length
  const heard = isHeardSince({ readers }, rotated)
  const unknown = unknownOf(heard, count, full, silent && fetched.length < count)
  const times = fetched.map(fetchedAt)
  const isAll = unknown === undefined && fetched.length === count
  return {
    at: new Date(now).toISOString(),
    ...{ withinSeconds, known: count, fetched: fetched.length },
    behind: behind.slice(0, MOST_NAMED),
    unclear: unclear.slice(0, MOST_NAMED),
    ...(more.behind + more.unclear > 0 && { more }),
    shared: fetched
      .filter(({ sessions }) => sessions > 1)
      .map(({ principal }) => principal)
      .slice(0, MOST_NAMED),
    ...(unknown && { unknown }),
    ...(times.length > 0 && { firstBy: new Date(Math.min(...times)).toISOString() }),
    ...(isAll && { allBy: new Date(Math.max(...times)).toISOString() }),
  }
}

/**
 * By when they had fetched, by an earlier look, too: each is right, and the earlier instant says more. But all of then are
 * all of now only where no other is known meanwhile.
 */
export function refined(before: Fetching | undefined, { firstBy, allBy, known }: Adoption): Fetching {
  const first = [before?.firstBy, firstBy].filter((at) => at !== undefined).sort()[0]
  const isSame = before?.allBy !== undefined && before.known === known && allBy !== undefined
  const all = isSame && before.allBy !== undefined && before.allBy < allBy ? before.allBy : allBy
  return { known, ...(first !== undefined && { firstBy: first }), ...(all !== undefined && { allBy: all }) }
}

function unknownOf(heard: boolean, known: number, full: boolean, isSilent: boolean): Adoption['unknown'] {
  if (!heard) return 'NOTHING_HEARD'
  if (known === 0) return 'NOBODY_KNOWN'
  if (full) return 'TOO_MANY'
  return isSilent ? 'SILENT' : undefined
}

/** When it was last seen to ask for anything, epoch ms. */
function lastOf({ lastSeen, otherSeen, pendingSeen }: Reader): number | undefined {
  const all = [lastSeen, otherSeen, pendingSeen].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]))
  return all.length === 0 ? undefined : Math.max(...all)
}

/**
 * A rotation function asks for what is current and for what is pending, within one rotation. Whoever has fetched what is
 * current long after it last asked for what is pending uses the secret, too.
 */
export function isRotator({ pendingSeen, lastSeen }: Reader): boolean {
  if (pendingSeen === undefined) return false
  return lastSeen === undefined || Date.parse(lastSeen) - Date.parse(pendingSeen) <= LONGEST_ROTATION_MS
}

/**
 * Whose role IAM Identity Center has made: whoever looked at a value once does not use the secret. Decision 0184.
 * Source: IAM Identity Center User Guide, identity-center-and-iam-roles, referencingpermissionsets.
 */
export function isPerson(principal: string): boolean {
  return roleIn(principal)?.name?.startsWith('AWSReservedSSO_') === true
}

/**
 * A role is declared by its name or its ARN; its path may be missing, for in an account names are unique without it. Of
 * another account's callers CloudTrail tells the account here, and no role: any of them may be it.
 * Source: IAM User Guide, reference_iam-quotas; CloudTrail User Guide, cloudtrail-event-reference-user-identity.
 */
export function isRole(declared: string, principal: string): boolean {
  const { account, name } = roleIn(declared) ?? { account: undefined, name: declared }
  const elsewhere = /^AWSAccount (\d{12})\b/.exec(principal)?.[1]
  if (elsewhere !== undefined) return elsewhere === account
  const role = roleIn(principal)
  return role !== undefined && role.name === name && (account === undefined || role.account === account)
}

function roleIn(arn: string): { account: string | undefined; name: string | undefined } | undefined {
  const [, account, name] = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  return name === undefined ? undefined : { account, name }
}

/** `role NAME`, `user NAME`; what is no ARN as it is, and a declared role’s name. */
export function principalText(principal: string): string {
  const [, kind, name] = /^arn:[^:]+:iam::\d{12}:(role|user)\/(?:.*\/)?([^/]+)$/.exec(principal) ?? []
  if (kind !== undefined) return `${kind} ${oneLine(name ?? '')}`
  return /^[\w+=,.@-]+$/.test(principal) ? `role ${principal}` : oneLine(principal)
}
