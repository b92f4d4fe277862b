import { closest, distance } from 'fastest-levenshtein'

/** The candidate closest to `word`, capitals aside, where one is close enough to be what was meant. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  const wanted = word.toLowerCase()
  const lower = candidates.map((it) => it.toLowerCase())
  const best = closest(wanted, lower)
  const most = Math.min(word.length - 1, Math.max(1, Math.floor(word.length / 3)))
  if (distance(wanted, best) > most) return undefined
  return candidates[lower.indexOf(best)]
}

/** At most so many are listed. */
const MOST = 12

/**
 * What helps whoever typed a name that there is not: the one that is near, else what there is, or `otherwise`, a hint
 * of one's own.
 */
export function oneOf(
  word: string,
  candidates: readonly string[],
  { otherwise }: { otherwise?: string } = {},
): string {
  const near = suggest(word, candidates)
  if (near !== undefined) return `did you mean "${near}"?`
  if (otherwise !== undefined) return otherwise
  if (candidates.length === 0) return 'there is none'
  const more = candidates.length > MOST ? `, and ${candidates.length - MOST} more` : ''
  return `there are: ${candidates.slice(0, MOST).join(', ')}${more}`
}
