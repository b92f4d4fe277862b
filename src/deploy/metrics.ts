import { AUDIT_METRICS, namespaceOf, REASON_METRICS, STATUS_METRICS } from '../notify/metric-names.ts'
import type { Resource, Resources } from './template.ts'

/**
 * Counts the orchestrator's `settled` lines by status, and by those reasons that are watched: JSON, one object a line
 * (src/rotation/logger.ts).
 * Zero by default: a day without failures is a fact, not missing data.
 */
export function statusMetrics(stage: string, logGroup: string): Resources {
  return Object.fromEntries(
    [
      ...Object.entries(STATUS_METRICS).map(([status, metric]) => ['status', status, metric] as const),
      ...Object.entries(REASON_METRICS).map(([reason, metric]) => ['reason', reason, metric] as const),
    ].map(([field, value, metric]): [string, Resource] => [
      `${metric}Metric`,
      {
        Type: 'AWS::Logs::MetricFilter',
        DependsOn: 'RotateLogGroup',
        Properties: {
          LogGroupName: logGroup,
          FilterPattern: `{ $.message = "settled" && $.${field} = "${value}" }`,
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
