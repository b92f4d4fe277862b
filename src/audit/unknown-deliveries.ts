import { DOUBT_DAYS, type UnknownDelivery } from '../ledger/deliveries.ts'
import type { Finding } from '../model/finding.ts'
import { HOUR, iso } from '../model/time.ts'
import type { AuditRun } from './ports.ts'

/** A finding is told once a day while it stays: this one, which stays in the ledger for days, stands for less than one. */
const TOLD_MS = 12 * HOUR

type Unknown = {
  findings: Finding[]
  /** Schedules whose deliveries were not as expected of late. */
  doubted: Set<string>
}

/** What EventBridge Scheduler delivered of late for instants that the calendar does not know (src/rotation/match-delivery.ts). */
export async function readUnknownDeliveries(ports: AuditRun): Promise<Unknown> {
  const now = ports.now()
  try {
    const noted = await ports.deliveries.since(iso(now - DOUBT_DAYS * 24 * HOUR))
    return {
      findings: noted.filter(({ at }) => Date.parse(at) > now - TOLD_MS).map(findingOf),
      doubted: new Set(noted.map(({ schedule }) => schedule)),
    }
  } catch (error) {
    ports.failed(error)
    return { findings: [], doubted: new Set() }
  }
}

function findingOf(delivery: UnknownDelivery): Finding {
  const { schedule, deliveredFor } = delivery
  return {
    kind: 'UNKNOWN_DELIVERY',
    key: `unknown ${schedule} ${deliveredFor}`,
    schedule,
    message: unknownDeliveryText(delivery),
  }
}

/** What was delivered, by which zone data that is no occurrence, and what came of it. */
export function unknownDeliveryText(delivery: UnknownDelivery): string {
  const { schedule, timezone, deliveredFor, takenFor, occurrence, zoneData, runtimeZoneData } = delivery
  const came = {
    AHEAD: `it waited for that of ${occurrence}`,
    LATE: `it was taken for that of ${occurrence}, which rotates once`,
    UNKNOWN: 'nothing rotated for it',
  }[takenFor]
  return `EventBridge Scheduler delivered ${schedule} for ${deliveredFor}, when there is no occurrence by our zone data ${zoneData} of ${timezone} (Node’s there: ${runtimeZoneData}): ${came}`
}
