import type { Happened, Violation } from './happened.ts'

/** Records have whole seconds, and what was fetched as it rotated is unclear. */
const NEAR_MS = 5_000

/**
 * Of who has fetched since a rotation: nobody is named as behind whose fetching the stage could know of; nobody at all where
 * it could know of nobody; and no more are said to have fetched than it could know of. It knows of the records that came,
 * and of all where it asked CloudTrail's Event history.
 */
export function nobodyNamedFalsely({ rotations, reads }: Happened): Violation[] {
  return rotations.flatMap(({ rotationId, secretName: secret, rotatedAt, adoption }): Violation[] => {
    if (adoption === undefined || rotatedAt === undefined) return []
    const found = (what: string): Violation => ({ kind: 'untrue', secret, rotationId, what })
    const since = Date.parse(rotatedAt)
    const { behind, unknown, fetched, history } = adoption
    const until = Date.parse(adoption.at)
    const all = reads.filter((it) => it.secret === secret && it.at > since && it.at <= until)
    /** What came; `alsoIf`: and what the history has, where it was asked so far. */
    const knownIf = (alsoIf: boolean) => all.filter(({ heard }) => heard || alsoIf)
    const known = knownIf(history?.asked === 'WHOLE')
    const roles = new Set(knownIf(history !== undefined && history.asked !== 'NOT').map(({ role }) => role))
    const named = behind.flatMap(({ principal }) => {
      const read = known.find(({ role, at }) => principal.includes(role) && at > since + NEAR_MS)
      return read === undefined
        ? []
        : [found(`${principal} is said not to have fetched, and had ${read.at - since} ms after it`)]
    })
    const silent =
      roles.size === 0 && unknown === undefined && behind.length > 0
        ? [found(`nobody could be known to have fetched since, and ${behind.length} are named for it`)]
        : []
    const many =
      fetched > roles.size
        ? [found(`${fetched} are said to have fetched, and ${roles.size} could be known of`)]
        : []
    return [...named, ...silent, ...many]
  })
}
