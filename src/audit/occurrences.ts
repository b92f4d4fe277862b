import { calendarOf } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import type { Approval } from '../ledger/approvals.ts'
import type { Finding } from '../model/finding.ts'
import { scopesOver } from '../model/hold.ts'
import { approvalIdOf, rotationIdOf, waveIdOf } from '../model/identity.ts'
import { DELIVERY_MS } from '../model/limits.ts'
import { REASONS } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import type { Selector } from '../model/selector.ts'
import { formatSelector } from '../model/selector.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { claimOf } from '../rotation/claim.ts'
import { occasionOf } from '../rotation/match-delivery.ts'
import { notifyTransitions } from '../rotation/notify.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { catchUp } from './catch-up.ts'
import { judge, type Occurrence } from './judge.ts'
import type { AuditPorts } from './ports.ts'
import { isWhole } from './whole.ts'

/** Records that one run reads of one schedule: after days of absence it takes a few runs, not one that never ends. */
const MOST_RECORDS = 2_000
const MOST_OCCURRENCES = 500

/** Stands for the execution in records that no run has made. */
export const AUDIT = 'audit'

export type Accounted = {
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
  const records = await recordsOf(schedule, instants, ports)
  const findings: Finding[] = []
  let open: number | undefined
  for (const instant of instants) {
    const left = ports.now() < ports.deadline
    const settled =
      left && (await account(schedule, instant, records.get(iso(instant)) ?? [], ports, findings))
    if (!settled) open ??= instant
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
  const occurrence = await factsOf(schedule, instant, occasion, records, ports)
  const { records: outcomes, next, late } = judge(occurrence, ports.config.freezes, ports.now())
  const wave = () => waveOf({ schedule: schedule.name, scheduledAt: iso(instant) }, ports.config)
  for (const { secret, outcome } of outcomes) {
    const rotationId = rotationIdOf(schedule.name, secret, occasion)
    const at = iso(ports.now())
    const { status } = REASONS[outcome.reason]
    const claim = claimOf(rotationId, secret, wave(), { ...ports, executionArn: AUDIT })
    const record = await ports.ledger.record(claim, { ...outcome, status, at, settledAt: at })
    // Missed ones are told with the findings.
    if (record.status === 'SKIPPED' && record.executionArn === AUDIT) await notifyTransitions(record, ports)
    // Somebody may have been quicker: then theirs is the outcome.
    if (record.status !== 'MISSED') continue
    const message = `${schedule.name} of ${iso(instant)}: ${record.message ?? ''}`
    findings.push({ kind: 'MISSED', key: rotationId, schedule: schedule.name, secret, rotationId, message })
  }
  if (occurrence.nothing) findings.push(nothingFound(schedule, instant, occurrence.nothing))
  if (next === 'catch up') findings.push(await catchUp(schedule, instant, ports))
  if (late) {
    const message = `no run of ${iso(instant)} has started yet; onMissed: report, so it is not caught up`
    findings.push({
      kind: 'LATE_DELIVERY',
      key: `late ${waveIdOf({ name: schedule.name, occasion: iso(instant) })}`,
      schedule: schedule.name,
      message,
    })
  }
  return next === 'accounted'
}

/** Its own instant; another where it was begun under what other zone data made of it, and its records are not here. */
async function occasionSeen(
  schedule: Schedule,
  instant: number,
  indexed: Rotation[],
  ports: AuditPorts,
): Promise<string> {
  const ids = new Set(indexed.map(({ rotationId }) => rotationId))
  const has = (secret: string) => ids.has(rotationIdOf(schedule.name, secret, iso(instant)))
  const complete = schedule.secrets.length > 0 && schedule.secrets.every(has)
  return complete ? iso(instant) : occasionOf(schedule, iso(instant), ports.waves)
}

/** Reads no more than is needed: most occurrences have all their records. */
async function factsOf(
  schedule: Schedule,
  instant: number,
  occasion: string,
  indexed: Rotation[],
  ports: AuditPorts,
): Promise<Occurrence> {
  const { name } = schedule
  const known = new Map(indexed.map((record) => [record.rotationId, record]))
  const wave = schedule.select && (await ports.waves.get(waveIdOf({ name, occasion })))
  const complete = wave !== undefined && isWhole(wave, [...known.values()])
  const listed =
    schedule.select && !complete ? await listedNow(schedule, schedule.select, instant, ports) : []
  if ('failed' in listed) {
    const nothing = { kind: 'SECRETS_NOT_LISTED', message: listed.failed } as const
    return { schedule, instant, records: [...known.values()], lacking: [], nothing }
  }
  if (schedule.select && !complete && listed.length === 0 && known.size === 0) {
    const nothing = {
      kind: 'NOTHING_MATCHED',
      message: `no secret matches ${formatSelector(schedule.select)}`,
    } as const
    return { schedule, instant, records: [], lacking: [], nothing }
  }
  const secrets = schedule.select ? listed : schedule.secrets
  const lacking: string[] = []
  for (const secret of secrets) {
    const rotationId = rotationIdOf(name, secret, occasion)
    // Indexes lag behind: what they do not show is looked for in the table itself.
    const record = known.get(rotationId) ?? (await ports.ledger.get(rotationId))
    // Others' records of the release before 0101 stand under ids that anybody could choose.
    if (record && record.trigger !== 'EXTERNAL') known.set(rotationId, record)
    else lacking.push(secret)
  }
  const records = [...known.values()]
  const settled = lacking.length === 0 && records.every(({ status }) => status !== 'CLAIMED')
  const approval = schedule.approval && (await approvalOf(approvalIdOf({ name, occasion }), ports))
  if (settled) return { schedule, instant, records, lacking: [] }
  return {
    schedule,
    instant,
    records,
    lacking: await withHolds(name, lacking, occasion, ports),
    wave: wave ?? (await ports.waves.get(waveIdOf({ name, occasion }))),
    approval,
  }
}

/** Each secret with the holds over it that were in force at its instant (ISO) or later. */
export async function withHolds(
  schedule: string,
  secrets: string[],
  instant: string,
  ports: AuditPorts,
): Promise<Occurrence['lacking']> {
  const scopes = scopesOver(schedule, secrets)
  const holds = secrets.length > 0 ? await ports.holds.since(scopes, instant) : []
  return secrets.map((secret) => {
    const over = scopesOver(schedule, [secret])
    return { secret, holds: holds.filter(({ scope }) => over.includes(scope)) }
  })
}

/** What its selector chooses now. That it cannot be listed may pass; once the window has closed, it is told. */
async function listedNow(
  schedule: Schedule,
  select: Selector,
  instant: number,
  ports: AuditPorts,
): Promise<string[] | { failed: string }> {
  try {
    return (await ports.secretsAt(schedule.place).list(select)).names
  } catch (error) {
    if (ports.now() < instant + schedule.windowSeconds * 1_000 + DELIVERY_MS) throw error
    return { failed: `could not list the secrets of ${schedule.name}: ${atDoor(String(error))}` }
  }
}

function nothingFound(
  schedule: Schedule,
  instant: number,
  { kind, message }: NonNullable<Occurrence['nothing']>,
): Finding {
  const { name } = schedule
  const key = `nothing ${waveIdOf({ name, occasion: iso(instant) })}`
  return { kind, key, schedule: name, message: `nothing rotated for ${name} of ${iso(instant)}: ${message}` }
}

/** As it stands. Once no answer counts, nobody is asked any more, whether or not whoever asked still lives. */
async function approvalOf(approvalId: string, ports: AuditPorts): Promise<Approval | undefined> {
  const approval = await ports.approvals.get(approvalId)
  const now = ports.now()
  if (approval?.status !== 'PENDING' || now < Date.parse(approval.expiresAt)) return approval
  return ports.approvals.decide(approvalId, { status: 'EXPIRED', at: iso(now) })
}

/** By scheduled instant (ISO). What was asked for on demand belongs to no occurrence. */
async function recordsOf(
  schedule: Schedule,
  instants: number[],
  ports: AuditPorts,
): Promise<Map<string, Rotation[]>> {
  const [first, last] = [instants[0], instants.at(-1)]
  const found = new Map<string, Rotation[]>()
  if (first === undefined || last === undefined) return found
  const range = { from: iso(first), to: iso(last + 1), oldestFirst: true }
  for await (const record of ports.ledger.query('bySchedule', schedule.name, range)) {
    if (record.trigger !== 'SCHEDULE' && record.trigger !== 'CATCH_UP') continue
    found.set(record.scheduledAt, [...(found.get(record.scheduledAt) ?? []), record])
  }
  return found
}
