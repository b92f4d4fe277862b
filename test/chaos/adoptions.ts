import type { Happened, Violation } from './happened.ts'

/** Records have whole seconds, and what was fetched as it rotated is unclear: so near to a rotation it may be either. */
const NEAR_MS = 5_000

/** As src/model/adoption.ts has it: a read that is nearer is none since. */
const BOUNDARY_MS = 2_000

/** A record comes within so long. */
const COMES_MS = 60_000

/** Most that a record names. */
const MOST_NAMED = 20

/**
 * Of who has fetched since a rotation: nobody is named as behind whose fetching the stage could know of; nobody at all where
 * it could know of nobody; no more are said to have fetched than it could know of; and an application that it knew, and
 * that has not fetched since, is named. It knows of the records that came, and of all where it asked CloudTrail's Event history.
 */
export function nobodyNamedFalsely({ rotations, reads, readers }: Happened): Violation[] {
  return rotations.flatMap(({ rotationId, secretName: secret, rotatedAt, adoption }): Violation[] => {
    if (adoption === undefined || rotatedAt === undefined) return []
    const found = (what: string): Violation => ({ kind: 'untrue', secret, rotationId, what })
    const since = Date.parse(rotatedAt)
    const { behind, unclear, unknown, fetched, history } = adoption
    const until = Date.parse(adoption.at)
    const all = reads.filter((it) => it.secret === secret && it.at <= until)
    const isKnown = ({ heard }: Happened['reads'][number]) => heard === true || history?.asked === 'WHOLE'
    /** What may have come; and what the history has, where it was asked so far. */
    const isPerhaps = ({ heard }: Happened['reads'][number]) =>
      heard !== false || (history !== undefined && history.asked !== 'NOT')
    const after = (ms: number) => all.filter(({ at }) => at >= since + ms)
    const names = (role: string) => [...behind, ...unclear].some(({ principal }) => isRole(role, principal))

    const named = behind.flatMap(({ principal }) => {
      const read = after(NEAR_MS).find(
        (it) => it.at < until - COMES_MS && isKnown(it) && isRole(it.role, principal),
      )
      return read === undefined
        ? []
        : [found(`${principal} is said not to have fetched, and had ${read.at - since} ms after it`)]
    })
    const silent =
      !after(0).some(isPerhaps) && unknown === undefined && behind.length > 0
        ? [found(`nobody could be known to have fetched since, and ${behind.length} are named for it`)]
        : []
    // A rotation function, too, counts as one who uses it, where it was not heard to ask for what is pending.
    const roles = new Set(
      after(BOUNDARY_MS)
        .filter(isPerhaps)
        .map(({ role }) => role),
    )
    const many =
      fetched > roles.size
        ? [found(`${fetched} are said to have fetched, and ${roles.size} could be known of`)]
        : []
    const lagging = readers.filter(
      (role) =>
        all.some((it) => it.role === role && it.heard === true && it.at < since) &&
        !after(0).some((it) => it.role === role),
    )
    const left =
      unknown === undefined && behind.length + unclear.length < MOST_NAMED
        ? lagging
            .filter((role) => !names(role))
            .map((role) => found(`${role} has not fetched, and is not named`))
        : []
    return [...named, ...silent, ...many, ...left]
  })
}

function isRole(role: string, principal: string): boolean {
  return principal === role || principal.endsWith(`role/${role}`)
}
