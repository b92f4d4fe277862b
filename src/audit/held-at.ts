import type { Hold } from '../ledger/holds.ts'

/** The hold that was in force at an instant (ISO), whatever has happened to it since: its events tell. */
export function heldAt(
  holds: Hold[],
  instant: string,
): { hold: Hold; by: string; reason: string } | undefined {
  for (const hold of holds) {
    const last = hold.events.filter(({ at }) => at <= instant).at(-1)
    if (last?.action !== 'placed' || (last.until !== undefined && last.until <= instant)) continue
    return { hold, by: last.by, reason: last.reason ?? hold.reason }
  }
  return undefined
}
