import type { Ledger } from '../ledger/ledger.ts'

/**
 * How old a secret's value became: ms. `atLeast`: what was there at the beginning may have been older, or changed
 * unseen. Undefined where nothing is known of it.
 */
export type Age = { ms: number; atLeast: boolean }

/** What is known of when a value changed, epoch ms; changes in any order, duplicates allowed. */
export type Known = {
  changes: number[]
  /** The last change before the period. */
  before?: number | undefined
  /** When the secret was made. */
  created?: number | undefined
  /** From here on a change would have been seen: the ledger's first record of the secret. */
  watched?: number | undefined
}

/**
 * The oldest that a value became in [from, to]: nothing is counted from an instant at which nobody looked, and a period
 * that begins before the secret, or before its first record, makes nothing older (decision 0110).
 */
export function oldestAge(known: Known, { from, to }: { from: number; to: number }): Age | undefined {
  const { before, created, watched } = known
  const isNew = created !== undefined && created >= from
  const instants = [...known.changes, ...(isNew ? [created] : [])]
    .filter((at) => at >= from && at <= to)
    .sort((a, b) => a - b)
  // What is older than that is not known.
  const exact = before ?? (isNew ? created : undefined)
  const start = exact ?? (watched === undefined ? undefined : Math.max(from, watched))
  let last = start
  let oldest: number | undefined
  for (const at of [...instants, to]) {
    if (last !== undefined && at >= last) oldest = Math.max(oldest ?? 0, at - last)
    last = Math.max(last ?? at, at)
  }
  if (oldest === undefined || (start === undefined && instants.length === 0)) return undefined
  return { ms: oldest, atLeast: exact === undefined }
}

/** When the ledger saw the secret change last, of what was scheduled before `to` (ISO): epoch ms. */
export async function lastChangeIn(
  ledger: Pick<Ledger, 'query'>,
  secretName: string,
  to?: string,
): Promise<number | undefined> {
  for await (const { rotatedAt } of ledger.query('bySecret', secretName, to === undefined ? {} : { to })) {
    if (rotatedAt !== undefined) return Date.parse(rotatedAt)
  }
  return undefined
}

/** The instant of the ledger's first record of the secret, epoch ms: from then on, a change would be seen. */
export async function firstRecordIn(
  ledger: Pick<Ledger, 'query'>,
  secretName: string,
): Promise<number | undefined> {
  for await (const { claimedAt } of ledger.query('bySecret', secretName, { oldestFirst: true }))
    return Date.parse(claimedAt)
  return undefined
}
