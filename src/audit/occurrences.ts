import { calendarOf } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import type { Finding } from '../model/finding.ts'
import { waveIdOf } from '../model/identity.ts'
import { DELIVERY_MS } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { judge, type OccurrenceFacts } from './judge.ts'
import { occasionSeen, readOccurrence, recordsByInstant } from './occurrence-facts.ts'
import type { AuditPorts } from './ports.ts'
import { recordMissed } from './record-missed.ts'

/** Records that one run reads of one schedule: after days of absence it takes a few runs, not one that never ends. */
const MOST_RECORDS = 2_000
const MOST_OCCURRENCES = 500

type Accounted = {
  /** Epoch ms: every occurrence up to and with it is accounted for. */
  until: number
  /** Whether occurrences are left for the next run. */
  more: boolean
  findings: Finding[]
}

/** Accounts for the occurrences of one schedule that are due since `after` (epoch ms, not with it). */
export async function accountFor(schedule: Schedule, after: number, ports: AuditPorts): Promise<Accounted> {
  const due = ports.now() - DELIVERY_MS
  const most = Math.min(MOST_OCCURRENCES, Math.ceil(MOST_RECORDS / Math.max(20, schedule.secrets.length)))
  const found = calendarOf(schedule).between(after + 1, due + 1)
  const instants = Array.from({ length: most }, () => found.next().value ?? 0).filter((it) => it > 0)
  const records = await recordsByInstant(schedule, instants, ports)
  const findings: Finding[] = []
  let open: number | undefined
  for (const instant of instants) {
    const left = ports.now() < ports.deadline
    const isAccounted =
      left && (await account(schedule, instant, records.get(iso(instant)) ?? [], ports, findings))
    if (!isAccounted) open ??= instant
    if (!left) break
  }
  const last = instants.length < most ? Math.max(after, due) : (instants.at(-1) ?? after)
  return {
    until: open === undefined ? last : open - 1,
    more: instants.length === most || ports.now() >= ports.deadline,
    findings,
  }
}

/** Whether the occurrence is accounted for, once what there was to do is done. */
async function account(
  schedule: Schedule,
  instant: number,
  records: Rotation[],
  ports: AuditPorts,
  findings: Finding[],
): Promise<boolean> {
  const occasion = await occasionSeen(schedule, instant, records, ports)
  const occurrence = await readOccurrence(schedule, instant, occasion, records, ports)
  const {
    records: outcomes,
    next,
    late,
  } = judge(occurrence, ports.config.freezes, ports.now(), ports.tolerances)
  for (const { secret, outcome } of outcomes) {
    const wave = waveOf({ schedule: schedule.name, scheduledAt: iso(instant) }, ports.config)
    findings.push(...(await recordMissed(secret, { ...wave, occasion }, outcome, ports)))
  }
  if (occurrence.nothing) findings.push(nothingFound(schedule, instant, occurrence.nothing))
  if (next === 'catch up') findings.push(await catchUp(schedule, instant, ports))
  if (late) findings.push(lateDelivery(schedule, instant))
  return next === 'accounted'
}

/** A catch-up that came to nothing is started again in the next slot; two audits in one slot start the same. */
const CATCH_UP_SLOT_MS = 600_000

/**
 * Starts the orchestrator for exactly this occurrence. Its rotations have the identity that they always had: what a
 * late delivery finds is a claim, and what an earlier run has settled stays.
 */
async function catchUp({ name }: Schedule, instant: number, ports: AuditPorts): Promise<Finding> {
  const scheduledAt = iso(instant)
  const waveId = waveIdOf({ name, occasion: scheduledAt })
  const slot = Math.floor(ports.now() / CATCH_UP_SLOT_MS)
  const request = { schedule: name, scheduledAt, catchUp: true } as const
  const { execution } = await ports.start(`catch-up-${slot}-${waveId}`, request)
  return {
    kind: 'CAUGHT_UP',
    key: `catch-up ${waveId}`,
    schedule: name,
    message: `no run of ${scheduledAt} had started, or it has died: it is caught up${execution ? ` by ${execution}` : ''}`,
  }
}

function lateDelivery({ name }: Schedule, instant: number): Finding {
  return {
    kind: 'LATE_DELIVERY',
    key: `late ${waveIdOf({ name, occasion: iso(instant) })}`,
    schedule: name,
    message: `no run of ${iso(instant)} has started yet; onMissed: report, so it is not caught up`,
  }
}

function nothingFound(
  { name }: Schedule,
  instant: number,
  { kind, message }: NonNullable<OccurrenceFacts['nothing']>,
): Finding {
  const key = `nothing ${waveIdOf({ name, occasion: iso(instant) })}`
  return { kind, key, schedule: name, message: `nothing rotated for ${name} of ${iso(instant)}: ${message}` }
}
