import type { Hold } from '../ledger/holds.ts'
import type { Period } from './evidence.ts'

/** One hold from its placing to its end. ISO instants. */
export type Placement = {
  scope: string
  reason: string
  by: string
  from: string
  /** Absent: in force still. */
  to?: string
  /** Who released it; absent where it ran out, or was replaced by another one of its scope. */
  releasedBy?: string
}

/** The holds that were in force at some time of the period, in the order of their placing. */
export function placementsIn(holds: Hold[], period: Period): Placement[] {
  return holds
    .flatMap(placementsOf)
    .filter(
      ({ from, to }) => Date.parse(from) < period.to && (to === undefined || Date.parse(to) >= period.from),
    )
    .sort((a, b) => (a.from < b.from ? -1 : 1))
}

function placementsOf({ scope, events }: Hold): Placement[] {
  return events.flatMap((event, index) => {
    if (event.action !== 'placed') return []
    const next = events[index + 1]
    // Whichever comes first: its own end, its release, or another one in its place.
    const ends = [event.until, next?.at].filter((it) => it !== undefined).sort()
    const to = ends[0]
    const releasedBy = next?.action === 'released' && next.at === to ? next.by : undefined
    return [
      {
        ...{ scope, by: event.by, reason: event.reason ?? '', from: event.at },
        ...(to !== undefined && { to }),
        ...(releasedBy !== undefined && { releasedBy }),
      },
    ]
  })
}
