import { calendarOf } from '../calendar/calendar.ts'
import { frozenBy } from '../calendar/freezes.ts'
import { iso } from '../calendar/iso.ts'
import type { Mark } from '../ledger/audit-state.ts'
import type { Finding } from './finding.ts'
import { timingIn } from './marks.ts'
import type { AuditWorld } from './world.ts'

/** Of one name: what ran every minute is told by its first ones. */
const MOST = 20

/**
 * What was due, since the audit last passed, under a name that the config no longer has, or has disabled: whether the
 * deploy that took it away came before the instant is not known. What has a record is judged by that (lost.ts); what has
 * none is told, and not passed over. Names that could not be asked about come back, to be asked about again.
 */
export async function vanished(
  known: Record<string, Mark>,
  world: AuditWorld,
  failed: (error: unknown) => void,
): Promise<{ findings: Finding[]; left: Map<string, Mark> }> {
  const enabled = new Set(world.config.schedules.filter((it) => it.enabled).map(({ name }) => name))
  const findings: Finding[] = []
  const left = new Map<string, Mark>()
  for (const [name, mark] of Object.entries(known)) {
    if (enabled.has(name)) continue
    try {
      findings.push(...(await unaccounted(name, mark, world)))
    } catch (error) {
      failed(error)
      left.set(name, mark)
    }
  }
  return { findings, left }
}

async function unaccounted(name: string, mark: Mark, world: AuditWorld): Promise<Finding[]> {
  const [from, to] = [Date.parse(mark.until) + 1, world.now() + 1]
  const due: string[] = []
  for (const instant of calendarOf(timingIn(mark.timing)).between(from, to)) {
    if (due.length === MOST) break
    if (!frozenBy(world.config.freezes, instant)) due.push(iso(instant))
  }
  if (due.length === 0) return []
  const recorded = new Set<string>()
  for await (const { scheduledAt } of world.ledger.query('bySchedule', name, {
    from: iso(from),
    to: iso(to),
  }))
    recorded.add(scheduledAt)
  return due
    .filter((scheduledAt) => !recorded.has(scheduledAt))
    .map((scheduledAt) => ({
      kind: 'UNACCOUNTED',
      key: `vanished ${name} ${scheduledAt}`,
      schedule: name,
      message: `${name} of ${scheduledAt} has no record. A deploy has since removed, renamed or disabled ${name}: whether before that instant is not known, so it is not judged`,
    }))
}
