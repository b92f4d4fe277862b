import type { Happened, Violation } from './happened.ts'

/** Records have whole seconds, and what was fetched as it rotated is unclear. */
const NEAR_MS = 5_000

/**
 * Of who has fetched since a rotation: nobody is named as behind whose fetching the stage has heard of; nobody at all where
 * it has heard of nobody; and no more are said to have fetched than it has heard of.
 */
export function nobodyNamedFalsely({ rotations, reads }: Happened): Violation[] {
  return rotations.flatMap(({ rotationId, secretName: secret, rotatedAt, adoption }): Violation[] => {
    if (adoption === undefined || rotatedAt === undefined) return []
    const found = (what: string): Violation => ({ kind: 'untrue', secret, rotationId, what })
    const since = Date.parse(rotatedAt)
    const heard = reads.filter((it) => it.heard && it.secret === secret && it.at > since)
    const roles = new Set(heard.map(({ role }) => role))
    const { behind, unknown, fetched } = adoption
    const named = behind.flatMap(({ principal }) => {
      const read = heard.find(({ role, at }) => principal.includes(role) && at > since + NEAR_MS)
      return read === undefined
        ? []
        : [found(`${principal} is said not to have fetched, and had ${read.at - since} ms after it`)]
    })
    const silent =
      roles.size === 0 && unknown === undefined && behind.length > 0
        ? [found(`nobody was heard to fetch since, and ${behind.length} are named for it`)]
        : []
    const many =
      fetched > roles.size ? [found(`${fetched} are said to have fetched, and ${roles.size} were heard`)] : []
    return [...named, ...silent, ...many]
  })
}
