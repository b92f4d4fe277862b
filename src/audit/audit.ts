import { type AuditState, SILENT_MS, type Watermark } from '../ledger/audit-state.ts'
import type { Finding } from '../model/finding.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { keepPolicy } from '../rotation/policy.ts'
import { tolerancesHere } from '../rotation/tolerances.ts'
import { adoptionFinding, judgeAdoptions, keptAdoptions } from './adoptions.ts'
import { requestApprovalsAhead, startDoubtfulAhead } from './ahead.ts'
import { findBehind } from './behind.ts'
import { findAdded, findRemoved } from './changed-schedules.ts'
import { attendHandovers } from './handovers.ts'
import { foundInAll, inspectSecrets } from './inspect-secrets.ts'
import { LOOK_AGAIN_MS, recordLateSuccesses } from './late-successes.ts'
import { settleLostRuns } from './lost-runs.ts'
import { giveNotices } from './notices.ts'
import { isNewlySettled, objectiveFindings } from './objectives.ts'
import { accountFor } from './occurrences.ts'
import type { AuditPorts, AuditRun } from './ports.ts'
import { checkProofs } from './proofs.ts'
import { attendRequests } from './requests.ts'
import { readUnknownDeliveries } from './unknown-deliveries.ts'
import { furthestBehind, watermarksOf } from './watermark.ts'

/** What one run came to: the line `audited` of the log, whose numbers are the metrics (src/deploy/metrics.ts). */
export type AuditReport = Record<keyof typeof COUNTED, number> & {
  /** Things that could not be looked at: the next run tries again. */
  errors: number
  /** Whether work is left for the next run. */
  unfinished: boolean
  /** Whether the watermark moved; another run at the same time may have been quicker. */
  moved: boolean
}

const COUNTED = {
  caughtUp: 'CAUGHT_UP',
  lateDeliveries: 'LATE_DELIVERY',
  missed: 'MISSED',
  lostRuns: 'LOST_RUN',
  lateSuccesses: 'LATE_SUCCESS',
  overdue: 'OVERDUE',
  nativeFirst: 'NATIVE_FIRST',
  notAudited: 'NOT_AUDITED',
  unaccounted: 'UNACCOUNTED',
  unknownDeliveries: 'UNKNOWN_DELIVERY',
  nothingMatched: 'NOTHING_MATCHED',
  notListed: 'SECRETS_NOT_LISTED',
} as const satisfies Record<string, Finding['kind']>

/**
 * One run of the audit: what lost runs have left is settled, every occurrence that is due is accounted for, those whose
 * instant is in doubt are started ahead, late successes are noted, the secrets themselves looked at. All it writes is
 * conditional, and the watermark moves last: a run that dies, or that runs beside another one, is made good by the next.
 */
export async function audit(given: AuditPorts): Promise<AuditReport> {
  let errors = 0
  const failed = (error: unknown) => {
    errors++
    given.log('could not audit', { error: String(error) })
    return []
  }
  const tolerances = await tolerancesHere(given)
  const began = given.now()
  const { state, revision } = await given.states.get()
  const absent = absence(state?.ranAt, began)
  const backAt = absent.length > 0 ? iso(began) : state?.backAt
  const ports: AuditRun = { ...given, failed, tolerances, ...(backAt && { backAt: Date.parse(backAt) }) }
  const { marks, changed } = watermarksOf(state?.marks ?? {}, ports.config, began, state?.ranAt)
  const findings: Finding[] = [...absent, ...changed.map(restarted)]

  const policy = await keepPolicy(ports.policies, ports.config, began).catch((error) => void failed(error))
  // A stage's first audits, two at once, are none that have forgotten.
  if (state === undefined && policy && began - Date.parse(policy.at) >= SILENT_MS)
    findings.push(forgotten(began))
  // Before what was moved starts, so that its records know whose move it was.
  await checkProofs(ports)
  // It is the only thing here that has to be punctual.
  findings.push(...(await attendRequests(ports)))
  findings.push(...(await settleLostRuns(ports)))
  findings.push(...(await attendHandovers(ports).catch(failed)))
  const removed = await findRemoved(state?.marks ?? {}, ports)
  const added = await findAdded(marks, ports)
  const accounted = await accountForAll(marks, began, ports)
  findings.push(...removed.findings, ...added, ...accounted.findings)

  const unknown = await readUnknownDeliveries(ports)
  findings.push(...unknown.findings)
  await startDoubtfulAhead(unknown.doubted, ports)
  await requestApprovalsAhead(ports)
  await giveNotices(ports)
  const late = await lateSuccesses(state, began, ports)
  const inspected = await inspectSecrets(ports, state?.looked)
  const behind = await findBehind(state, late.isNew, ports)
  const adoptions = late.isNew ? await judgeAdoptions(ports, state?.ranAt) : []
  findings.push(
    ...late.findings,
    ...inspected.findings,
    ...adoptions.map(adoptionFinding),
    ...behind.findings,
  )
  const unfinished = accounted.unfinished || ports.now() >= ports.deadline
  const looked = unfinished ? state?.looked : inspected.looked
  const lookedAgainAt = unfinished ? state?.lookedAgainAt : late.lookedAgainAt

  await ports.notifyFindings(findings)
  const moved = await ports.states.put(
    {
      ranAt: iso(ports.now()),
      ...(backAt && { backAt }),
      configVersion: ports.config.version,
      marks: Object.fromEntries([...marks, ...removed.left]),
      ...(looked && { looked }),
      ...(lookedAgainAt !== undefined && { lookedAgainAt }),
      ...behind.kept,
      ...keptAdoptions(state?.adoptions, adoptions, began),
    },
    revision,
  )
  const found = foundInAll(looked ?? inspected.looked)
  const report = { ...countsOf(findings), ...found, errors, unfinished, moved }
  ports.log('audited', { ...report, tookMs: ports.now() - began })
  return report
}

/** Every schedule's occurrences, as far as there is time. Moves its watermark in `marks`. */
async function accountForAll(
  marks: Map<string, Watermark>,
  began: number,
  ports: AuditRun,
): Promise<{ findings: Finding[]; unfinished: boolean }> {
  const findings: Finding[] = []
  let unfinished = false
  for (const name of furthestBehind(marks)) {
    const schedule = ports.config.schedules.find((it) => it.name === name)
    const mark = marks.get(name)
    if (!schedule || !mark) continue
    if (ports.now() >= ports.deadline) return { findings, unfinished: true }
    try {
      const accounted = await accountFor(schedule, Date.parse(mark.until), ports)
      findings.push(...accounted.findings)
      unfinished ||= accounted.more
      marks.set(name, { ...mark, until: iso(accounted.until) })
    } catch (error) {
      ports.failed(error)
      findings.push(...behind(name, mark.until, error, began))
    }
  }
  return { findings, unfinished }
}

/** Once an hour: see `LOOK_AGAIN_MS`. And, as it reads them all, what began later than its objective. */
async function lateSuccesses(
  state: AuditState | undefined,
  began: number,
  ports: AuditRun,
): Promise<{ findings: Finding[]; lookedAgainAt?: string | undefined; isNew: boolean }> {
  const lookedAgainAt = state?.lookedAgainAt
  if (lookedAgainAt !== undefined && began - Date.parse(lookedAgainAt) < LOOK_AGAIN_MS)
    return { findings: [], lookedAgainAt, isNew: false }
  const before = lookedAgainAt === undefined ? undefined : Date.parse(lookedAgainAt)
  const settled: Rotation[] = []
  const late = await recordLateSuccesses(ports, (rotation) => {
    if (rotation.limits?.objectiveSkewSeconds === undefined) return
    if (isNewlySettled(rotation, { before, began })) settled.push(rotation)
  })
  return { findings: [...late, ...objectiveFindings(settled)], lookedAgainAt: iso(began), isNew: true }
}

function countsOf(findings: Finding[]): Record<keyof typeof COUNTED, number> {
  const count = (kind: Finding['kind']) => findings.filter((it) => it.kind === kind).length
  const counts = Object.entries(COUNTED).map(([name, kind]) => [name, count(kind)])
  return Object.fromEntries(counts) as Record<keyof typeof COUNTED, number>
}

function absence(ranAt: string | undefined, now: number): Finding[] {
  if (ranAt === undefined || now - Date.parse(ranAt) < SILENT_MS) return []
  const message = `the audit had not run since ${ranAt}; what was due since then is looked at now`
  return [{ kind: 'NOT_AUDITED', key: `absent ${ranAt}`, message }]
}

/** Whoever kept the policy was an audit, so there was a watermark: somebody has deleted it, or restored the table. */
function forgotten(now: number): Finding {
  const message = `how far the audit had come is no longer in the ledger: what was due before ${iso(now)} and has no record is not judged`
  return { kind: 'NOT_AUDITED', key: `forgotten ${iso(now)}`, message }
}

function restarted({ schedule, since }: { schedule: string; since: string }): Finding {
  const message = `the times of ${schedule} have changed: occurrences between ${since} and now are not judged`
  return { kind: 'NOT_AUDITED', key: `changed ${schedule} ${since}`, schedule, message }
}

/** One failure is a hiccup, of which the next run knows nothing; a schedule that stays behind is told. */
function behind(schedule: string, until: string, error: unknown, now: number): Finding[] {
  if (now - Date.parse(until) < SILENT_MS) return []
  const message = `${schedule} has not been accounted for since ${until}, and is tried again every five minutes: ${String(error)}`
  return [{ kind: 'UNACCOUNTED', key: `behind ${schedule}`, schedule, message }]
}
