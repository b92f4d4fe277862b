import { closest, distance } from 'fastest-levenshtein'

/** The candidate closest to `word`, capitals aside, where one is close enough to be what was meant. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  const wanted = word.toLowerCase()
  const lower = candidates.map((it) => it.toLowerCase())
  const best = closest(wanted, lower)
  if (distance(wanted, best) > Math.max(1, Math.floor(word.length / 3))) return undefined
  return candidates[lower.indexOf(best)]
}
