import { type Caller, callerText } from './caller.ts'
import type { Refusal } from './reasons.ts'

/**
 * What a person decided about one occurrence of a schedule, without a deploy: it is skipped, or moved to another
 * instant. ISO instants, in UTC. Decisions 0161, 0162.
 */
export type Exception = {
  /** Short, to be typed by people: what `cancel` takes back. Of what is moved it is its planned run's, too. */
  id: string
  schedule: string
  /** The occurrence. */
  scheduledAt: string
  /** Where it is moved: a run is planned for then. Absent: it is skipped. */
  movedTo?: string
  /** It is the arrival: the occurrence of then is moved to `scheduledAt`, and no other of the schedule rotates there. */
  movedFrom?: string
  by: string
  reason: string
  placedAt: string
  /** Taken back: the occurrence runs as scheduled. */
  cancelledAt?: string
  cancelledBy?: string
  cancelReason?: string
  /** Whose it is, and who took it back, as STS has said: read beside it to be shown, and never of the item itself. */
  caller?: Caller
  canceller?: Caller
}

export type Moved = Exception & { movedTo: string }

export function isMoved(exception: Exception | undefined): exception is Moved {
  return exception?.movedTo !== undefined
}

/** What stands at the new instant. */
export function arrivalOf({ movedTo, scheduledAt: movedFrom, ...moved }: Moved): Exception {
  return { ...moved, scheduledAt: movedTo, movedFrom }
}

/** Why an occurrence does not run at its instant. */
export function refusalOf(exception: Exception): Refusal {
  const { id, by, schedule, scheduledAt, movedTo, movedFrom, placedAt, reason } = exception
  const did = movedTo === undefined && movedFrom === undefined ? 'skipped' : 'moved'
  const what = `${schedule} of ${movedFrom ?? scheduledAt}`
  const where =
    movedFrom !== undefined
      ? ' to this instant, where it rotates instead'
      : movedTo === undefined
        ? ''
        : ` to ${movedTo}`
  return {
    reason: 'SKIPPED_ONCE',
    message: `${by} ${did} ${what}${where}, at ${placedAt}: ${reason} (exception ${id})`,
  }
}

/** `skipped by ana: CHG-1`; `moved to 2026-12-24T14:00:00.000Z by ana: CHG-1`; and whose it is, where that was read. */
export function exceptionText({ by, reason, movedTo, movedFrom, caller }: Exception): string {
  const who = caller === undefined ? '' : ` (${callerText(caller)})`
  if (movedFrom !== undefined) return `that of ${movedFrom} moved here by ${by}: ${reason}${who}`
  return `${movedTo === undefined ? 'skipped' : `moved to ${movedTo}`} by ${by}: ${reason}${who}`
}
