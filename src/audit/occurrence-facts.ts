import type { Schedule } from '../config/config.ts'
import type { Approval } from '../ledger/approvals.ts'
import type { WaveRecord } from '../ledger/waves.ts'
import { approvalIdOf, rotationIdOf, waveIdOf } from '../model/identity.ts'
import { DELIVERY_MS } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { formatSelector } from '../model/selector.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { occasionOf } from '../rotation/match-delivery.ts'
import { isComplete, type OccurrenceFacts } from './judge.ts'
import type { AuditPorts } from './ports.ts'
import { withHolds } from './record-missed.ts'

/** Its own instant; another where it was begun under what other zone data made of it, and its records are not here. */
export async function occasionSeen(
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

/** What there is to know of an occurrence. Reads no more than is needed: most have all their records. */
export async function readOccurrence(
  schedule: Schedule,
  instant: number,
  occasion: string,
  indexed: Rotation[],
  ports: AuditPorts,
): Promise<OccurrenceFacts> {
  const { name } = schedule
  const wave = schedule.select && (await ports.waves.get(waveIdOf({ name, occasion })))
  const chosen = await secretsOf(schedule, instant, wave, indexed, ports)
  if (!Array.isArray(chosen)) return { schedule, instant, records: indexed, lacking: [], nothing: chosen }
  const { records, lacking } = await byRecord(name, chosen, occasion, indexed, ports)
  const isSettled = lacking.length === 0 && records.every(({ status }) => status !== 'CLAIMED')
  const approval = schedule.approval && (await approvalOf(approvalIdOf({ name, occasion }), ports))
  if (isSettled) return { schedule, instant, records, lacking: [] }
  return {
    schedule,
    instant,
    records,
    lacking: await withHolds(name, lacking, occasion, ports),
    exception: await ports.exceptions.at(name, iso(instant)),
    wave: wave ?? (await ports.waves.get(waveIdOf({ name, occasion }))),
    approval,
  }
}

/** Its secrets, as far as records of them may be lacking; of a selector's occurrence perhaps why there are none. */
async function secretsOf(
  schedule: Schedule,
  instant: number,
  wave: WaveRecord | undefined,
  indexed: Rotation[],
  ports: AuditPorts,
): Promise<string[] | NonNullable<OccurrenceFacts['nothing']>> {
  const { select, place, name } = schedule
  if (!select) return schedule.secrets
  if (wave !== undefined && isComplete(wave, indexed)) return []
  try {
    const { names } = await ports.secretsAt(place).list(select)
    if (names.length > 0 || indexed.length > 0) return names
    return { kind: 'NOTHING_MATCHED', message: `no secret matches ${formatSelector(select)}` }
  } catch (error) {
    // That it cannot be listed may pass; once the window has closed, it is a finding.
    if (ports.now() < instant + schedule.windowSeconds * 1_000 + DELIVERY_MS) throw error
    const message = `could not list the secrets of ${name}: ${atDoor(String(error))}`
    return { kind: 'SECRETS_NOT_LISTED', message, ...(ports.backAt && { since: ports.backAt }) }
  }
}

/** Indexes lag behind: what they do not show is looked for in the table itself. */
async function byRecord(
  schedule: string,
  secrets: string[],
  occasion: string,
  indexed: Rotation[],
  ports: AuditPorts,
): Promise<{ records: Rotation[]; lacking: string[] }> {
  const known = new Map(indexed.map((record) => [record.rotationId, record]))
  const lacking: string[] = []
  for (const secret of secrets) {
    const rotationId = rotationIdOf(schedule, secret, occasion)
    const record = known.get(rotationId) ?? (await ports.ledger.get(rotationId))
    // Others' records of the release before 0101 stand under ids that anybody could choose.
    if (record && record.trigger !== 'EXTERNAL') known.set(rotationId, record)
    else lacking.push(secret)
  }
  return { records: [...known.values()], lacking }
}

/** As it stands. Once no answer counts, nobody is asked any more, whether or not whoever asked still lives. */
async function approvalOf(approvalId: string, ports: AuditPorts): Promise<Approval | undefined> {
  const approval = await ports.approvals.get(approvalId)
  const now = ports.now()
  if (approval?.status !== 'PENDING' || now < Date.parse(approval.expiresAt)) return approval
  return ports.approvals.decide(approvalId, { status: 'EXPIRED', at: iso(now) })
}

/** By scheduled instant (ISO). What was asked for on demand, or moved here, belongs to no occurrence. */
export async function recordsByInstant(
  schedule: Schedule,
  instants: number[],
  ports: AuditPorts,
): Promise<Map<string, Rotation[]>> {
  const [first, last] = [instants[0], instants.at(-1)]
  const found = new Map<string, Rotation[]>()
  if (first === undefined || last === undefined) return found
  const range = { from: iso(first), to: iso(last + 1), oldestFirst: true }
  for await (const record of ports.ledger.query('bySchedule', schedule.name, range)) {
    if (record.moved || (record.trigger !== 'SCHEDULE' && record.trigger !== 'CATCH_UP')) continue
    found.set(record.scheduledAt, [...(found.get(record.scheduledAt) ?? []), record])
  }
  return found
}
