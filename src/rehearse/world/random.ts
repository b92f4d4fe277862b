/** A seeded source of chance (mulberry32): the same seed, the same world. */
export type Random = {
  /** From 0 to below 1. */
  next(): number
  chance(probability: number): boolean
  /** Whole, from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(items: readonly [T, ...T[]]): T
}

/** A source of its own for each of these: what one draws changes nothing for another. */
export function keyed(seed: number, ...key: (string | number)[]): Random {
  let hash = 0x811c9dc5 ^ seed
  for (const character of key.join('|')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return seeded(hash)
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
  }
}
