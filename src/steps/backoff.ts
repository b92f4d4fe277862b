/** Whole seconds before the next try, doubling from 1 s up to `most`. `attempt` counts the tries so far, from 1. */
export function backoff(attempt: number, most: number): number {
  return Math.min(most, 2 ** Math.min(attempt - 1, 30))
}
