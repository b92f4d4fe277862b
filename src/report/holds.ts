import type { Caller } from '../model/caller.ts'
import { type Hold, holdEnd } from '../model/hold.ts'
import type { Period } from './evidence.ts'

/** One hold from its placing to its end. ISO instants. */
export type Placement = {
  id: string
  scope: string
  reason: string
  by: string
  from: string
  /** Absent: in force still. */
  to?: string
  /** Who released it; absent where it ran out. */
  releasedBy?: string
  /** Whose it is, and who released it, as STS has said. */
  caller?: Caller
  releaser?: Caller
}

/** The holds that were in force at some time of the period, in the order of their placing. */
export function placementsIn(holds: Hold[], period: Period): Placement[] {
  return holds
    .map(placementOf)
    .filter(
      ({ from, to }) => Date.parse(from) < period.to && (to === undefined || Date.parse(to) >= period.from),
    )
    .sort((a, b) => (a.from < b.from ? -1 : 1))
}

function placementOf(hold: Hold): Placement {
  const { id, scope, reason, by, placedAt, releasedAt, releasedBy, caller, releaser } = hold
  const to = holdEnd(hold)
  return {
    ...{ id, scope, reason, by, from: placedAt },
    ...(caller !== undefined && { caller }),
    ...(to !== undefined && { to }),
    ...(releasedBy !== undefined && releasedAt === to && { releasedBy, ...(releaser && { releaser }) }),
  }
}
