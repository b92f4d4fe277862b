import type { LogLine } from '../model/log-lines.ts'
import {
  AUDIT_METRICS,
  namespaceOf,
  REASON_METRICS,
  STATUS_METRICS,
  UNANNOUNCED,
} from '../model/metric-names.ts'
import type { Resource, Resources } from './template.ts'

/** A function's log group, as osls names it in the template, and by its own name. */
type LogGroup = { id: `${string}LogGroup`; name: string }

type Counted = {
  metric: string
  line: LogLine
  /** A field that must have this value. */
  where?: { field: string; value: string }
  /** What to count; default: the lines. */
  number?: string
  /** Without it an hour without lines is missing data, not zero. */
  zero?: true
}

/**
 * Counts the orchestrator's `settled` lines by status, and by those reasons that are watched. Zero by default: a day
 * without failures is a fact, not missing data.
 */
export function rotateMetrics(stage: string, log: LogGroup): Resources {
  const settled = (field: string, metrics: Record<string, string>): Counted[] =>
    Object.entries(metrics).map(([value, metric]) => ({
      ...{ metric, line: 'settled', where: { field, value }, zero: true },
    }))
  return filters(stage, log, [
    ...settled('status', STATUS_METRICS),
    ...settled('reason', REASON_METRICS),
    unannounced,
  ])
}

/** No default: an audit that does not run is missing data, not zero. */
export function auditMetrics(stage: string, log: LogGroup): Resources {
  const audited = Object.entries(AUDIT_METRICS).map(
    ([field, metric]): Counted => ({
      ...{ metric, line: 'audited' },
      ...(metric !== AUDIT_METRICS.audits && { number: field }),
    }),
  )
  return filters(stage, log, [...audited, unannounced])
}

/** What it finds of dead runs counts as what the audit finds of lost ones. */
export function observeMetrics(stage: string, log: LogGroup): Resources {
  const lost = { field: 'kind', value: 'LOST_RUN' }
  return filters(stage, log, [{ metric: AUDIT_METRICS.lostRuns, line: 'found', where: lost }, unannounced])
}

const unannounced: Counted = { metric: UNANNOUNCED, line: 'could not announce' }

/** By lines of JSON, one object each (src/runtime/logger.ts). */
function filters(stage: string, { id, name }: LogGroup, counted: Counted[]): Resources {
  return Object.fromEntries(
    counted.map(({ metric, line, where, number, zero }): [string, Resource] => [
      `${id.replace(/LogGroup$/, '')}${metric}Metric`,
      {
        Type: 'AWS::Logs::MetricFilter',
        DependsOn: id,
        Properties: {
          LogGroupName: name,
          FilterPattern: `{ ${[
            `$.message = "${line}"`,
            ...(where ? [`$.${where.field} = "${where.value}"`] : []),
          ].join(' && ')} }`,
          MetricTransformations: [
            {
              MetricNamespace: namespaceOf(stage),
              MetricName: metric,
              MetricValue: number === undefined ? '1' : `$.${number}`,
              ...(zero && { DefaultValue: 0 }),
            },
          ],
        },
      },
    ]),
  )
}
