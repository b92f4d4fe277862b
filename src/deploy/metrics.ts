import type { Resource, Resources } from './template.ts'

/** CloudWatch metrics that the log lines of settled rotations become, one for each status that people care about. */
export const STATUS_METRICS = {
  SUCCEEDED: 'Succeeded',
  SKIPPED: 'Skipped',
  FAILED: 'Failed',
  TIMED_OUT: 'TimedOut',
} as const

export type StatusMetric = (typeof STATUS_METRICS)[keyof typeof STATUS_METRICS]

/**
 * The numbers in the audit's line `audited` (src/audit/audit.ts) that become metrics; `audits` counts the lines, and is
 * the stage's heartbeat.
 */
export const AUDIT_METRICS = {
  audits: 'Audits',
  missed: 'Missed',
  caughtUp: 'CaughtUp',
  lateDeliveries: 'LateDeliveries',
  lostRuns: 'LostRuns',
  lateSuccesses: 'LateSuccesses',
  overdue: 'Overdue',
  nativeFirst: 'NativeFirst',
  errors: 'AuditErrors',
} as const

export type AuditMetric = (typeof AUDIT_METRICS)[keyof typeof AUDIT_METRICS]

/** All of a stage's own metrics. */
export function namespaceOf(stage: string): string {
  return `Tourbillon/${stage}`
}

/**
 * Counts the orchestrator's `settled` lines by status: JSON, one object a line (src/rotation/logger.ts).
 * Zero by default: a day without failures is a fact, not missing data.
 */
export function statusMetrics(stage: string, logGroup: string): Resources {
  return Object.fromEntries(
    Object.entries(STATUS_METRICS).map(([status, metric]): [string, Resource] => [
      `${metric}Metric`,
      {
        Type: 'AWS::Logs::MetricFilter',
        DependsOn: 'RotateLogGroup',
        Properties: {
          LogGroupName: logGroup,
          FilterPattern: `{ $.message = "settled" && $.status = "${status}" }`,
          MetricTransformations: [
            { MetricNamespace: namespaceOf(stage), MetricName: metric, MetricValue: '1', DefaultValue: 0 },
          ],
        },
      },
    ]),
  )
}

/** No default: an audit that does not run is missing data, not zero. */
export function auditMetrics(stage: string, logGroup: string): Resources {
  return Object.fromEntries(
    Object.entries(AUDIT_METRICS).map(([field, metric]): [string, Resource] => [
      `${metric}Metric`,
      {
        Type: 'AWS::Logs::MetricFilter',
        DependsOn: 'AuditLogGroup',
        Properties: {
          LogGroupName: logGroup,
          FilterPattern: '{ $.message = "audited" }',
          MetricTransformations: [
            {
              MetricNamespace: namespaceOf(stage),
              MetricName: metric,
              MetricValue: metric === AUDIT_METRICS.audits ? '1' : `$.${field}`,
            },
          ],
        },
      },
    ]),
  )
}
