import { calendarOf } from '../calendar/calendar.ts'
import { elsewhere, goesByZone } from '../calendar/zone-difference.ts'
import type { Schedule } from '../config/config.ts'
import { waveIdOf } from '../model/identity.ts'
import { START_AHEAD_MS } from '../model/limits.ts'
import { iso } from '../model/time.ts'
import { askAhead } from '../rotation/approval.ts'
import { waveOf } from '../rotation/wave-request.ts'
import type { AuditRun } from './ports.ts'

/**
 * Starts the runs of occurrences that are in doubt, minutes ahead, so that our own zone data count alone: where this
 * Node's put the occurrence elsewhere, Scheduler's may; and where it has delivered something unknown of late, they do.
 * The run waits for the instant, as an early companion's does. What Scheduler delivers then finds it under way or done.
 * Decision 0099.
 */
export async function startDoubtfulAhead(doubted: Set<string>, ports: AuditRun): Promise<void> {
  const byZone = ports.config.schedules.filter((it) => it.enabled && goesByZone(it))
  for (const schedule of byZone) {
    const { name, timezone } = schedule
    await forEachComing(schedule, START_AHEAD_MS, ports, async (scheduledAt, instant) => {
      if (!doubted.has(name) && elsewhere(timezone, instant) === instant) return
      await ports.start(`armed-${waveIdOf({ name, occasion: scheduledAt })}`, { schedule: name, scheduledAt })
      ports.log('armed', { schedule: name, scheduledAt })
    })
  }
}

/** Of one schedule, so that a day's notice of what runs every minute cannot take the whole run. */
export const MOST_AHEAD = 50

/**
 * Requests approvals at the longest of a schedule's lead times: the audit knows the occurrences to come, and passes often
 * enough. Asking twice is asking once.
 */
export async function requestApprovalsAhead(ports: AuditRun): Promise<void> {
  for (const schedule of ports.config.schedules) {
    const { approval, name } = schedule
    const [longest] = schedule.noticeSeconds ?? []
    if (approval === undefined || longest === undefined) continue
    const request = async (scheduledAt: string) =>
      askAhead(waveOf({ schedule: name, scheduledAt }, ports.config), approval, ports)
    await forEachComing(schedule, longest * 1_000, ports, request, MOST_AHEAD)
  }
}

/** Its occurrences within so many ms, while there is time. One that fails stops no other. */
export async function forEachComing(
  schedule: Schedule,
  withinMs: number,
  ports: AuditRun,
  work: (scheduledAt: string, instant: number) => Promise<void>,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const now = ports.now()
  let count = 0
  for (const instant of calendarOf(schedule).between(now + 1, now + withinMs + 1)) {
    if (count++ === most || ports.now() >= ports.deadline) return
    await work(iso(instant), instant).catch(ports.failed)
  }
}
