import type { Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** A delivery of EventBridge Scheduler for an instant at which the calendar has no occurrence. Times are ISO instants. */
export type UnknownDelivery = {
  schedule: string
  timezone: string
  /** The instant that it was for. */
  deliveredFor: string
  /** When the orchestrator had it. */
  at: string
  /** What it was taken for: an occurrence to come, one just past, or none. */
  takenFor: 'AHEAD' | 'LATE' | 'UNKNOWN'
  /** Absent where nothing rotated. */
  occurrence?: string
  /** Releases of the zone data: ours, and this Node's. */
  zoneData: string
  runtimeZoneData: string
}

export type Deliveries = {
  /** Keeps the last one of its schedule. */
  note(delivery: UnknownDelivery): Promise<void>
  /** The last one of each schedule, of those since `since` (ISO). From an index: a second old, perhaps. */
  since(since: string): Promise<UnknownDelivery[]>
}

/** An item of this kind in the sparse index `unsettled`. */
const KIND = 'delivery'

/** How long one says that a schedule's zone is in doubt, days. */
export const DOUBT_DAYS = 14

export function openDeliveries(table: Table): Deliveries {
  return {
    async note(delivery) {
      const { schedule, deliveredFor, at } = delivery
      await table.put({
        id: `delivery#${schedule}`,
        unsettled: KIND,
        // The index is sorted by it. Not the schedule's name, which is another index's.
        scheduledAt: deliveredFor,
        delivery,
        [TTL_ATTRIBUTE]: expiryOf(at, DOUBT_DAYS),
      })
    },
    async since(since) {
      const found: UnknownDelivery[] = []
      for await (const { delivery } of table.query('unsettled', KIND)) found.push(delivery as UnknownDelivery)
      return found.filter(({ at }) => at >= since)
    },
  }
}
