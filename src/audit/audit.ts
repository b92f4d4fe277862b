import { SILENT_MS } from '../ledger/audit-state.ts'
import type { Finding } from '../model/finding.ts'
import { iso } from '../model/time.ts'
import { keepPolicy } from '../rotation/policy.ts'
import { armInDoubt } from './arm.ts'
import { askForApprovals } from './ask-ahead.ts'
import { unknownDeliveries } from './deliveries.ts'
import { foundInAll, inspectSecrets } from './inspect-secrets.ts'
import { EVERY_MS, recordLateSuccesses } from './late-successes.ts'
import { accountFor } from './occurrences.ts'
import { startPlanned } from './planned.ts'
import type { AuditPorts } from './ports.ts'
import { settleLost } from './settle-lost-runs.ts'
import { appeared, vanished } from './vanished.ts'
import { furthestBehind, marksOf } from './watermark.ts'

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
 * instant is in doubt are armed, late successes are noted, the secrets themselves looked at. All it writes is
 * conditional, and the watermark moves last: a run that dies, or that runs beside another one, is made good by the next.
 */
export async function audit(ports: AuditPorts): Promise<AuditReport> {
  const began = ports.now()
  let errors = 0
  const failed = (error: unknown) => {
    errors++
    ports.log('could not audit', { error: String(error) })
  }
  const { state, revision } = await ports.states.get()
  const { marks, changed } = marksOf(state?.marks ?? {}, ports.config, began, state?.ranAt)
  const findings: Finding[] = [...absence(state?.ranAt, began), ...changed.map(restarted)]
  let unfinished = false

  const policy = await keepPolicy(ports.policies, ports.config, began).catch(failed)
  // A stage's first audits, two at once, are none that have forgotten.
  if (state === undefined && policy && began - Date.parse(policy.at) >= SILENT_MS)
    findings.push(forgotten(began))
  // First, for it is the only thing here that has to be punctual.
  findings.push(...(await startPlanned(ports, failed)))
  findings.push(...(await settleLost(ports, failed)))
  const gone = await vanished(state?.marks ?? {}, ports, failed)
  findings.push(...gone.findings)
  findings.push(...(await appeared(marks, ports, failed)))
  for (const name of furthestBehind(marks)) {
    const schedule = ports.config.schedules.find((it) => it.name === name)
    const mark = marks.get(name)
    if (!schedule || !mark) continue
    if (ports.now() >= ports.deadline) {
      unfinished = true
      break
    }
    try {
      const accounted = await accountFor(schedule, Date.parse(mark.until), ports)
      findings.push(...accounted.findings)
      unfinished ||= accounted.more
      marks.set(name, { ...mark, until: iso(accounted.until) })
    } catch (error) {
      failed(error)
      findings.push(...behind(name, mark.until, error, began))
    }
  }

  const unknown = await unknownDeliveries(ports, failed)
  findings.push(...unknown.findings)
  await armInDoubt(unknown.doubted, ports, failed)
  await askForApprovals(ports, failed)
  const again = began - Date.parse(state?.lookedAgainAt ?? '1970-01-01T00:00:00Z') >= EVERY_MS
  if (again) findings.push(...(await recordLateSuccesses(ports, failed)))
  const inspected = await inspectSecrets(ports, state?.looked, failed)
  findings.push(...inspected.findings)
  unfinished ||= ports.now() >= ports.deadline
  const looked = unfinished ? state?.looked : inspected.looked

  await ports.notifyFindings(findings)
  const lookedAgainAt = again && !unfinished ? iso(began) : state?.lookedAgainAt
  const moved = await ports.states.put(
    {
      ranAt: iso(ports.now()),
      configVersion: ports.config.version,
      marks: Object.fromEntries([...marks, ...gone.left]),
      ...(looked && { looked }),
      ...(lookedAgainAt !== undefined && { lookedAgainAt }),
    },
    revision,
  )
  const report = {
    ...countsOf(findings),
    ...foundInAll(looked ?? inspected.looked),
    errors,
    unfinished,
    moved,
  }
  ports.log('audited', { ...report, tookMs: ports.now() - began })
  return report
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
