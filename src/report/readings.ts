import type { Config } from '../config/config.ts'
import type { Approval, Approvals } from '../ledger/approvals.ts'
import type { AuditState } from '../ledger/audit-state.ts'
import type { UnknownDelivery } from '../ledger/deliveries.ts'
import type { Exceptions } from '../ledger/exceptions.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { KeptRequest, Requests } from '../ledger/requests.ts'
import type { Waves } from '../ledger/waves.ts'
import type { Exception } from '../model/exception.ts'
import type { Hold } from '../model/hold.ts'
import { approvalIdOf } from '../model/identity.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import type { FactsRead } from './aws-facts.ts'
import { policiesOf } from './due.ts'
import { evidenceLines, firstKnownIn, type Unrecorded } from './evidence.ts'

/** What standing is worked out from: read at different times, some of it more often than the rest. */
export type Readings = Recent & {
  unsettled: Rotation[]
  approvals: Approval[]
  holds: Hold[]
  /** What is planned to run later: see src/rotation/rotate-now.ts. */
  planned: KeptRequest[]
  /** In force, of occurrences to come. */
  exceptions: Exception[]
  /** Of the last 24 hours. */
  unknownDeliveries: UnknownDelivery[]
  /** How far the audit has come: absent where it never ran. */
  audit?: AuditState | undefined
  awsFacts: FactsRead
  /** Of each adoption that the audit has told of: its rotation, and its secret's records since. Absent: not read. */
  adopted?: Adopted[]
}

export type Adopted = { rotation: Rotation; others: Rotation[] }

export type Recent = { settled: Rotation[]; unrecorded: Unrecorded[] }

/** What ended in the last 24 hours, and what was due in them and has no record. */
export async function readRecent(
  {
    ledger,
    waves,
    exceptions,
  }: { ledger: Ledger; waves: Pick<Waves, 'get'>; exceptions: Pick<Exceptions, 'between'> },
  config: Config,
  now: number,
): Promise<Recent> {
  const policies = policiesOf(config)
  const since = iso(now - DAY)
  const recent: Recent = { settled: [], unrecorded: [] }
  const firstKnown = await firstKnownIn(ledger, policies)
  // A day ago at the latest it ended; it may have been due a window and a timeout before.
  const period = { from: now - 3 * DAY, to: now }
  const source = { ledger, waves, exceptions, policies, configVersion: config.version, firstKnown, now }
  for await (const line of evidenceLines(period, source)) {
    if ('rotation' in line) {
      const { rotation } = line
      const isSettled = rotation.status !== 'CLAIMED' && rotation.status !== 'ROTATING'
      if (isSettled && endOf(rotation) >= since) recent.settled.push(rotation)
    } else if (line.unrecorded.at >= now - DAY && line.unrecorded.otherVersion === undefined) {
      recent.unrecorded.push(line.unrecorded)
    }
  }
  return recent
}

/** Those of the last day; a window before them, too, for what is due and has no outcome. */
export function readAdopted(ledger: Ledger, audit: AuditState | undefined, now: number): Promise<Adopted[]> {
  const recent = (audit?.adoptions ?? []).filter(({ adoption }) => adoption.at >= iso(now - DAY))
  return Promise.all(
    recent.map(async ({ rotationId }): Promise<Adopted[]> => {
      const rotation = await ledger.get(rotationId)
      if (rotation === undefined) return []
      const others: Rotation[] = []
      const from = iso(Date.parse(rotation.scheduledAt) - DAY)
      for await (const it of ledger.query('bySecret', rotation.secretName, { from })) others.push(it)
      return [{ rotation, others }]
    }),
  ).then((all) => all.flat())
}

export async function readUnsettled(ledger: Ledger): Promise<Rotation[]> {
  const found: Rotation[] = []
  for await (const rotation of ledger.query('unsettled', 'yes')) found.push(rotation)
  return found
}

/** Planned and not cancelled, or started minutes ahead of an instant that is still to come (`now`: epoch ms); soonest first. */
export async function readPlanned(requests: Pick<Requests, 'open'>, now: number): Promise<KeptRequest[]> {
  const found: KeptRequest[] = []
  for await (const request of requests.open())
    if (request.state === 'PLANNED' || Date.parse(request.scheduledAt) > now) found.push(request)
  return found
}

/**
 * Those that somebody is to answer at `now` (ISO): not of what people have skipped or moved since it was asked.
 * `coming`: exceptions of occurrences from now on; what was moved is looked up.
 */
export async function readWaiting(
  { approvals, exceptions }: { approvals: Pick<Approvals, 'pending'>; exceptions: Pick<Exceptions, 'at'> },
  now: string,
  coming: Promise<Exception[]>,
): Promise<Approval[]> {
  const [pending, listed] = await Promise.all([approvals.pending(now), coming])
  const standing = await Promise.all(
    pending.map((approval) => {
      const { schedule, scheduledAt } = approval
      return isWanted(approval, undefined)
        ? listed.find(
            (it) =>
              it.schedule === schedule && it.scheduledAt === scheduledAt && it.cancelledAt === undefined,
          )
        : exceptions.at(schedule, scheduledAt)
    }),
  )
  return pending.filter((approval, index) => isWanted(approval, standing[index]))
}

/** Whether a wave goes by its answer, with what stands at its instant. What was asked for on demand cannot be moved. */
export function isWanted(
  { approvalId, schedule: name, scheduledAt, askedBy }: Approval,
  standing: Exception | undefined,
): boolean {
  if (askedBy !== undefined) return true
  const occasion = standing === undefined ? scheduledAt : standing.movedFrom && standing.id
  return occasion !== undefined && approvalId === approvalIdOf({ name, occasion })
}

/** When it ended, as far as the record says (ISO). */
export function endOf({ settledAt, scheduledAt }: Rotation): string {
  return settledAt ?? scheduledAt
}
