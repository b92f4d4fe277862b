import type { Ledger } from '../ledger/ledger.ts'

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
