import { calendarOf } from '../calendar/calendar.ts'
import { frozenBy } from '../calendar/freezes.ts'
import type { Watermark } from '../ledger/audit-state.ts'
import type { Finding } from '../model/finding.ts'
import { DELIVERY_MS } from '../model/limits.ts'
import { iso } from '../model/time.ts'
import type { AuditPorts, AuditRun } from './ports.ts'
import { timingIn } from './watermark.ts'

/** Of one name: what ran every minute is told by its first ones. */
const MOST = 20

/**
 * What was due, since the audit last passed, under a name that the config no longer has, or has disabled: whether the
 * deploy that took it away came before the instant is not known. What has a record is judged by that (lost-runs.ts); what has
 * none is told, and not passed over. Names that could not be asked about come back, to be asked about again.
 */
export async function findRemoved(
  known: Record<string, Watermark>,
  ports: AuditRun,
): Promise<{ findings: Finding[]; left: Map<string, Watermark> }> {
  const enabled = new Set(ports.config.schedules.filter((it) => it.enabled).map(({ name }) => name))
  const findings: Finding[] = []
  const left = new Map<string, Watermark>()
  for (const [name, mark] of Object.entries(known)) {
    if (enabled.has(name)) continue
    try {
      findings.push(...(await unaccounted(name, mark, ports)))
    } catch (error) {
      ports.failed(error)
      left.set(name, mark)
    }
  }
  return { findings, left }
}

/**
 * What was due last between the audit that did not yet know a schedule and the first that did: whether the deploy that
 * brought it came before the instant is not known either. Looked at once a delivery of it would have left a record;
 * then the marks say so.
 */
export async function findAdded(marks: Map<string, Watermark>, ports: AuditRun): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [name, { unseen, ...mark }] of marks) {
    if (unseen === undefined || ports.now() < Date.parse(unseen.to) + DELIVERY_MS) continue
    try {
      const [from, to] = [Date.parse(unseen.from) + 1, Date.parse(unseen.to) + 1]
      const last = calendarOf(timingIn(mark.timing)).previous(to)
      const due =
        last !== undefined && last >= from && !frozenBy(ports.config.freezes, last) ? iso(last) : undefined
      if (due !== undefined && !(await recordedIn(name, from, to, ports)).has(due)) {
        const message = `${name} of ${due} has no record. A deploy has brought or enabled ${name} since ${unseen.from}: whether before that instant is not known, so it is not judged`
        findings.push({ kind: 'UNACCOUNTED', key: `appeared ${name} ${due}`, schedule: name, message })
      }
      marks.set(name, mark)
    } catch (error) {
      ports.failed(error)
    }
  }
  return findings
}

async function unaccounted(name: string, mark: Watermark, ports: AuditPorts): Promise<Finding[]> {
  const [from, to] = [Date.parse(mark.until) + 1, ports.now() + 1]
  const due: string[] = []
  for (const instant of calendarOf(timingIn(mark.timing)).between(from, to)) {
    if (due.length === MOST) break
    if (!frozenBy(ports.config.freezes, instant)) due.push(iso(instant))
  }
  if (due.length === 0) return []
  const recorded = await recordedIn(name, from, to, ports)
  return due
    .filter((scheduledAt) => !recorded.has(scheduledAt))
    .map((scheduledAt) => ({
      kind: 'UNACCOUNTED',
      key: `vanished ${name} ${scheduledAt}`,
      schedule: name,
      message: `${name} of ${scheduledAt} has no record. A deploy has since removed, renamed or disabled ${name}: whether before that instant is not known, so it is not judged`,
    }))
}

/** Instants (ISO) of a schedule that have a record, on demand or not. */
async function recordedIn(
  name: string,
  from: number,
  to: number,
  { ledger }: AuditPorts,
): Promise<Set<string>> {
  const found = new Set<string>()
  const range = { from: iso(from), to: iso(to) }
  for await (const { scheduledAt } of ledger.query('bySchedule', name, range)) found.add(scheduledAt)
  return found
}
