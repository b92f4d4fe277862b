import { calendarOf } from '../calendar/calendar.ts'
import { elsewhere, goesByZone } from '../calendar/zone-difference.ts'
import type { Schedule } from '../config/config.ts'
import { waveIdOf } from '../model/identity.ts'
import { START_AHEAD_MS } from '../model/limits.ts'
import { iso } from '../model/time.ts'
import { askAhead } from '../rotation/approval.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { type OnDemandRequest, waveOf } from '../rotation/wave-request.ts'
import { behindOfWave } from './behind.ts'
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
  if (ports.config.schedules.some(({ approval }) => approval !== undefined))
    await endUnanswered(ports).catch(ports.failed)
  for (const schedule of ports.config.schedules) {
    const { approval, name } = schedule
    const [longest] = schedule.noticeSeconds ?? []
    if (approval === undefined || longest === undefined) continue
    const request = async (scheduledAt: string) =>
      askAhead(waveOf({ schedule: name, scheduledAt }, ports.config), approval, withBehind(ports))
    await forEachComing(schedule, longest * 1_000, ports, request, MOST_AHEAD)
  }
  for (const { wave, leads } of await movedToCome(ports)) {
    const approval = wave.schedule?.approval
    const ahead = Date.parse(wave.scheduledAt) - ports.now()
    if (approval !== undefined && ahead <= (leads[0] ?? 0) * 1_000)
      await askAhead(wave, approval, withBehind(ports)).catch(ports.failed)
  }
}

function withBehind(ports: AuditRun) {
  return { ...ports, behind: (wave: Wave) => behindOfWave(wave.secrets, wave, ports) }
}

/** What people have moved, and has not started, of schedules with lead times (seconds, the longest first): soonest first. */
export async function movedToCome(
  ports: AuditRun,
): Promise<{ wave: Wave | UnresolvedWave; leads: readonly number[] }[]> {
  const told = ports.config.schedules.filter((it) => it.enabled && (it.noticeSeconds ?? []).length > 0)
  const found: Awaited<ReturnType<typeof movedToCome>> = []
  if (told.length === 0) return found
  try {
    for await (const { state, payload } of ports.requests.open()) {
      const request = JSON.parse(payload) as OnDemandRequest
      const schedule = told.find(({ name }) => name === request.schedule)
      if (state !== 'PLANNED' || request.movedFrom === undefined || !schedule) continue
      found.push({ wave: waveOf(request, ports.config), leads: schedule.noticeSeconds ?? [] })
    }
  } catch (error) {
    ports.failed(error)
  }
  return found
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

/** A request whose wave never came, for a freeze or a person has stopped it since: nobody else would end it. */
async function endUnanswered({ approvals, now }: AuditRun): Promise<void> {
  const at = iso(now())
  for (const { approvalId, expiresAt } of await approvals.pending(''))
    if (expiresAt <= at) await approvals.decide(approvalId, { status: 'EXPIRED', at })
}
