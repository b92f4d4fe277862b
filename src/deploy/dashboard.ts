import type { LogLine } from '../model/log-lines.ts'
import {
  AUDIT_METRICS,
  namespaceOf,
  SCHEDULE_DIMENSION,
  STATUS_METRICS,
  TIME_METRICS,
} from '../model/metric-names.ts'
import type { ResourceNames } from '../model/resource-names.ts'
import { type Resources, sub } from './template.ts'

/** CloudFormation fills it in. */
const REGION = `\${AWS::Region}`

type Widget = {
  title: string
  metrics: (string | { stat?: string; label?: string; expression?: string; id?: string })[][]
}

/** A stage at a glance: outcomes, deliveries, the orchestrator, and its latest outcomes in words. */
export function dashboard(stage: string, names: ResourceNames): Resources {
  const widgets = [...outcomes(stage), ...services(names), ...bySchedules(stage)]
  const below = Math.ceil(widgets.length / 2) * 6
  const body = { widgets: [...widgets.map(metricWidget), latestOutcomes(names.rotateFunction, below)] }
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: names.scheduleGroup, DashboardBody: sub(JSON.stringify(body)) },
    },
  }
}

function outcomes(stage: string): Widget[] {
  return [
    {
      title: 'Rotations by outcome',
      metrics: Object.values(STATUS_METRICS).map((metric) => [namespaceOf(stage), metric]),
    },
    {
      title: 'What the audit found',
      metrics: Object.values(AUDIT_METRICS)
        .filter((metric) => metric !== AUDIT_METRICS.audits)
        .map((metric) => [namespaceOf(stage), metric]),
    },
  ]
}

function services(names: ResourceNames): Widget[] {
  return [
    {
      title: 'Scheduler deliveries',
      metrics: ['InvocationAttemptCount', 'TargetErrorCount', 'InvocationDroppedCount'].map((metric) => [
        'AWS/Scheduler',
        metric,
        'ScheduleGroup',
        names.scheduleGroup,
      ]),
    },
    {
      title: 'Orchestrator',
      metrics: [
        'DurableExecutionStarted',
        'DurableExecutionFailed',
        'DurableExecutionTimedOut',
        'DurableExecutionStopped',
        'Throttles',
      ].map((metric) => ['AWS/Lambda', metric, 'FunctionName', names.rotateFunction]),
    },
    {
      title: 'Undelivered events',
      metrics: [
        [
          'AWS/SQS',
          'ApproximateNumberOfMessagesVisible',
          'QueueName',
          names.deadLetterQueue,
          { stat: 'Maximum' },
        ],
      ],
    },
  ]
}

function bySchedules(stage: string): Widget[] {
  return [
    bySchedule(stage, 'Started after the instant, by schedule (ms)', [TIME_METRICS.skewMs], 'Maximum'),
    bySchedule(stage, 'Took, by schedule (ms)', [TIME_METRICS.durationMs], 'Maximum'),
    bySchedule(
      stage,
      'Not as it should be, by schedule',
      [STATUS_METRICS.FAILED, STATUS_METRICS.TIMED_OUT, AUDIT_METRICS.missed, AUDIT_METRICS.overdue],
      'Sum',
    ),
  ]
}

function metricWidget({ title, metrics }: Widget, index: number): object {
  const place = { x: (index % 2) * 12, y: Math.floor(index / 2) * 6, width: 12, height: 6 }
  return {
    type: 'metric',
    ...place,
    properties: { title, metrics, region: REGION, stat: 'Sum', period: 300, view: 'timeSeries' },
  }
}

/** Every schedule that has such numbers. Source: CloudWatch User Guide, search-expression-syntax. */
function bySchedule(stage: string, title: string, names: string[], stat: 'Maximum' | 'Sum'): Widget {
  const some = names.map((name) => `MetricName="${name}"`).join(' OR ')
  const expression = `SEARCH('{"${namespaceOf(stage)}","${SCHEDULE_DIMENSION}"} (${some})', '${stat}', 300)`
  return { title, metrics: [[{ expression, id: 'schedules' }]] }
}

function latestOutcomes(functionName: string, y: number): object {
  const query = [
    `SOURCE '/aws/lambda/${functionName}'`,
    'fields @timestamp, schedule, secretName, status, reason, skewMs, durationMs, configVersion',
    `filter message = "${'settled' satisfies LogLine}"`,
    'sort @timestamp desc',
    'limit 50',
  ].join(' | ')
  return {
    type: 'log',
    ...{ x: 0, y, width: 24, height: 8 },
    properties: { title: 'Latest outcomes', query, region: REGION, view: 'table' },
  }
}
