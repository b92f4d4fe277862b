/**
 * Secrets that one execution rotates. It may hold 3,000 operations (Lambda quotas, durable functions), and a rotation
 * takes about a dozen, plus up to fifty looks where it lasts a quarter of an hour.
 */
export const PART = 40

export type Parts = {
  secrets: string[][]
  /** Parts that run side by side. */
  sideBySide: number
  /** Rotations at once in each of them. */
  concurrency: number
}

/**
 * Parts a wave over executions that keep to `concurrency` together, and come as near to it as their number allows.
 * Where more rotate at once than one execution takes, the parts are as even as that: 50 at once are twice 25, and not
 * 40, with 10 left to wait until all of them have ended.
 */
export function partsOf(secrets: string[], concurrency: number): Parts {
  const sideBySide = Math.ceil(concurrency / PART)
  const each = Math.floor(concurrency / sideBySide)
  const size = sideBySide === 1 ? PART : each * Math.floor(PART / each)
  const parts = Array.from({ length: Math.ceil(secrets.length / size) }, (_, index) =>
    secrets.slice(index * size, (index + 1) * size),
  )
  return { secrets: parts, sideBySide, concurrency: each }
}
