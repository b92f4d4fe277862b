/** Milliseconds, as instants are. */
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** An instant (epoch ms) as it stands in the ledger, in events and in messages: ISO 8601, UTC, milliseconds. */
export function iso(instant: number | Date): string {
  return new Date(instant).toISOString()
}
