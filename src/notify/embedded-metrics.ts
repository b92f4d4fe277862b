import type { Finding } from '../model/finding.ts'
import {
  AUDIT_METRICS,
  namespaceOf,
  SCHEDULE_DIMENSION,
  STATUS_METRICS,
  TIME_METRICS,
} from '../model/metric-names.ts'
import type { Rotation } from '../model/rotation.ts'

/** A line of the log that CloudWatch reads as metrics. */
type Measured = Record<string, unknown>

/** How a rotation ended, and how late and long it was, by schedule. Undefined where it has not, or was counted before. */
export function rotationMetrics(
  stage: string,
  { schedule, status, skewMs, durationMs, late, rotationId }: Rotation,
  now: number,
): Measured | undefined {
  if (late || !(status in STATUS_METRICS)) return undefined
  const numbers = {
    [STATUS_METRICS[status as keyof typeof STATUS_METRICS]]: 1,
    ...(skewMs !== undefined && { [TIME_METRICS.skewMs]: skewMs }),
    ...(durationMs !== undefined && { [TIME_METRICS.durationMs]: durationMs }),
  }
  return { ...embedded(stage, schedule, numbers, now), rotationId }
}

/** What was missed and what is overdue, by schedule: a line for each that has some. */
export function findingMetrics(stage: string, findings: Finding[], now: number): Measured[] {
  const counts = new Map<string, Record<string, number>>()
  for (const { kind, schedule } of findings) {
    const metric = { MISSED: AUDIT_METRICS.missed, OVERDUE: AUDIT_METRICS.overdue }[kind as string]
    if (metric === undefined || schedule === undefined) continue
    const of = counts.get(schedule) ?? {}
    counts.set(schedule, { ...of, [metric]: (of[metric] ?? 0) + 1 })
  }
  return [...counts].map(([schedule, numbers]) => embedded(stage, schedule, numbers, now))
}

/**
 * CloudWatch's embedded metric format: a log line that names its own metrics; no call, no permission, no library.
 * Source: CloudWatch User Guide, CloudWatch_Embedded_Metric_Format_Specification.
 */
function embedded(stage: string, schedule: string, numbers: Record<string, number>, now: number): Measured {
  const times: string[] = Object.values(TIME_METRICS)
  const Metrics = Object.keys(numbers).map((Name) => ({
    Name,
    Unit: times.includes(Name) ? 'Milliseconds' : 'Count',
  }))
  const metrics = { Namespace: namespaceOf(stage), Dimensions: [[SCHEDULE_DIMENSION]], Metrics }
  return {
    _aws: { Timestamp: now, CloudWatchMetrics: [metrics] },
    [SCHEDULE_DIMENSION]: schedule,
    ...numbers,
  }
}
