import type { Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** What people have been notified of, so that a finding that stays is not sent every five minutes. */
export type NotifiedFindings = {
  /** Those of the keys that nobody has been notified of after `since` (ISO). */
  notNotified(keys: string[], since: string): Promise<string[]>
  note(keys: string[], at: string): Promise<void>
}

/** Longer than anything is kept quiet. */
const KEPT_DAYS = 7

export function openNotifiedFindings(table: Table): NotifiedFindings {
  const idOf = (key: string) => `told#${key}`
  return {
    async notNotified(keys, since) {
      const known = await Promise.all(keys.map((key) => table.get(idOf(key))))
      return keys.filter((_, index) => !(((known[index]?.toldAt as string | undefined) ?? '') > since))
    },
    async note(keys, at) {
      const expiry = { [TTL_ATTRIBUTE]: expiryOf(at, KEPT_DAYS) }
      await Promise.all(keys.map((key) => table.put({ id: idOf(key), toldAt: at, ...expiry })))
    },
  }
}
