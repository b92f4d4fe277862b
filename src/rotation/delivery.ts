import { calendarOf } from '../calendar/calendar.ts'
import { expressionKind } from '../calendar/expression.ts'
import type { Schedule } from '../config/config.ts'
import { HOUR, MINUTE } from '../model/time.ts'
import { isWakeUp } from '../schedules/timing.ts'

/**
 * What a delivery means. EventBridge Scheduler goes by zone data of its own, of a release that nobody tells, so a
 * delivery is a wake-up, and our calendar says which occurrence it is for.
 *
 * - `DUE`: the occurrence of its own minute.
 * - `AHEAD`: none, but one within three hours to come, which is waited for.
 * - `LATE`: neither, but one of the last three hours whose window is open: unless it was claimed, it rotates now.
 * - `NOTHING`: a wake-up that was asked for more often than there are occurrences, or an early companion whose occurrence
 *   the on-time delivery is for.
 * - `UNKNOWN`: nothing that the calendar knows. Nothing rotates.
 *
 * All but DUE and NOTHING are told (UNKNOWN_DELIVERY). Instants are epoch ms.
 */
export type Meaning =
  | { is: 'DUE' | 'AHEAD' | 'LATE'; occurrence: number }
  | { is: 'NOTHING' | 'UNKNOWN'; occurrence?: undefined }

/** How far apart two releases of zone data put the same local time: no zone has moved by more since 1970, but across the date line. */
export const APART_MS = 3 * HOUR

/** @param delivered the instant that it is for, an early companion's lead added (epoch ms) */
export function meaningOf(schedule: Schedule, delivered: number, { early }: { early: boolean }): Meaning {
  const calendar = calendarOf(schedule)
  if (expressionKind(schedule.when) === 'rate') {
    // A wake-up comes with the minute; the occurrence may have seconds.
    const minute = Math.floor(delivered / MINUTE) * MINUTE
    const occurrence = calendar.next(minute - 1)
    if (occurrence !== undefined && occurrence < minute + MINUTE) return { is: 'DUE', occurrence }
    return { is: early || isWakeUp(schedule, minute) ? 'NOTHING' : 'UNKNOWN' }
  }
  // That Scheduler's scheduled time is the exact second is expected but not documented.
  const last = calendar.previous(delivered + 1)
  if (last !== undefined && delivered - last < MINUTE) return { is: 'DUE', occurrence: last }
  if (early) return { is: 'NOTHING' }
  const next = calendar.next(delivered)
  if (next !== undefined && next - delivered <= APART_MS) return { is: 'AHEAD', occurrence: next }
  const open = Math.min(APART_MS, schedule.windowSeconds * 1_000)
  if (last !== undefined && delivered - last <= open) return { is: 'LATE', occurrence: last }
  return { is: 'UNKNOWN' }
}
