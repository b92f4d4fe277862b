import type { Config, Schedule } from '../config/config.ts'
import type { Watermark } from '../ledger/audit-state.ts'
import { iso } from '../model/time.ts'

/**
 * Where the audit goes on, for each enabled schedule. A schedule that it has not seen yet, or not with this timing,
 * starts now: when it was deployed is not known, and an occurrence from before that was never due. `changed`: those
 * whose timing differs from what was audited. `ranAt`: when the audit before did, if there was one. Decision 0062.
 */
export function watermarksOf(
  known: Record<string, Watermark>,
  config: Config,
  now: number,
  ranAt?: string,
): { marks: Map<string, Watermark>; changed: { schedule: string; since: string }[] } {
  const marks = new Map<string, Watermark>()
  const changed: { schedule: string; since: string }[] = []
  const enabled = config.schedules.filter((it) => it.enabled)
  const gone = Object.entries(known).flatMap(([name, mark]) =>
    enabled.some((it) => it.name === name) ? [] : mark,
  )
  for (const schedule of enabled) {
    const timing = timingOf(schedule)
    const mark = known[schedule.name]
    if (mark?.timing === timing) marks.set(schedule.name, mark)
    else {
      const until = iso(now)
      // Renamed: what was due is asked about under the earlier name.
      const isNew = mark === undefined && !gone.some((it) => it.timing === timing)
      const unseen = isNew && ranAt !== undefined && { unseen: { from: ranAt, to: until } }
      marks.set(schedule.name, { until, timing, ...unseen })
    }
    if (mark !== undefined && mark.timing !== timing) {
      changed.push({ schedule: schedule.name, since: mark.until })
    }
  }
  return { marks, changed }
}

/** The schedule that is furthest behind comes first, so that each has its turn. */
export function furthestBehind(marks: Map<string, Watermark>): string[] {
  return [...marks].sort(([, a], [, b]) => (a.until < b.until ? -1 : 1)).map(([name]) => name)
}

/** What makes the occurrences: another one means other instants. */
function timingOf({ when, timezone, start = '' }: Schedule): string {
  return `${when} ${timezone} ${start}`.trim()
}

/** The other way round: what was audited under a name that the config may no longer have. */
export function timingIn(timing: string): Pick<Schedule, 'when' | 'timezone' | 'start'> {
  const [, when = '', timezone = '', start] = /^(.*\)) (\S+)(?: (\S+))?$/.exec(timing) ?? []
  return { when, timezone, ...(start !== undefined && { start }) }
}
