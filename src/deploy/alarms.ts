import { namesOf } from '../config/names.ts'
import {
  type AuditMetric,
  namespaceOf,
  type ReasonMetric,
  type StatusMetric,
} from '../notify/metric-names.ts'
import { deadLetterQueueName } from '../schedules/names.ts'
import { IDS, type Resource, type Resources, ref } from './template.ts'

type Alarm = {
  name: string
  description: string
  namespace: string
  metric: string
  dimensions: Record<string, string>
  statistic?: 'Sum' | 'Maximum'
  /** Alarms where there is none of it for a quarter of an hour. */
  heartbeat?: true
}

/** One look every five minutes, and the first bad one alarms: a missed rotation is never a matter of averages. */
const PERIOD_SECONDS = 300

/** What must not pass unseen. Every alarm tells the alert topic, and again when it is over. */
export function alarms(stage: string): Resources {
  const names = namesOf(stage)
  const outcome = (
    metric: StatusMetric | ReasonMetric | AuditMetric,
    name: string,
    description: string,
  ): Alarm => ({
    name,
    description,
    namespace: namespaceOf(stage),
    metric,
    dimensions: {},
  })
  const lambda = (name: string, functionName: string, metric: string, description: string): Alarm => ({
    name,
    description,
    namespace: 'AWS/Lambda',
    metric,
    dimensions: { FunctionName: functionName },
  })
  const all: Alarm[] = [
    outcome('Failed', 'rotation-failed', 'A rotation failed. npx tourbillon history --status FAILED'),
    outcome('TimedOut', 'rotation-timed-out', 'A rotation started and did not finish in time.'),
    outcome(
      'GateUnreadable',
      'gate-unreadable',
      'Holds could not be read, so nothing rotated. docs/operations.md: When the ledger cannot be read.',
    ),
    outcome('Missed', 'missed', 'A rotation was missed. npx tourbillon history --status MISSED'),
    outcome('LostRuns', 'lost-runs', 'A run ended without settling its rotation: read its log.'),
    outcome('Overdue', 'overdue', 'A secret is older than its maxAge: the audit’s log names it.'),
    {
      ...outcome('Audits', 'audit-silent', 'Nobody looks for missed rotations: the audit does not run.'),
      heartbeat: true,
    },
    {
      name: 'undelivered',
      description: 'An event could not be delivered, or the orchestrator gave it up: read the queue.',
      namespace: 'AWS/SQS',
      metric: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: deadLetterQueueName(stage) },
      statistic: 'Maximum',
    },
    {
      name: 'scheduler-dropped',
      description: 'EventBridge Scheduler dropped an invocation after all its retries.',
      namespace: 'AWS/Scheduler',
      metric: 'InvocationDroppedCount',
      dimensions: { ScheduleGroup: names.scheduleGroup },
    },
    lambda('orchestrator-errors', names.rotateFunction, 'Errors', 'The orchestrator threw: read its log.'),
    lambda('orchestrator-throttled', names.rotateFunction, 'Throttles', 'Lambda throttled the orchestrator.'),
    lambda(
      'rotate-now-errors',
      names.rotateNowFunction,
      'Errors',
      'An on-demand request was refused or failed.',
    ),
    lambda('audit-errors', names.auditFunction, 'Errors', 'The audit threw: read its log.'),
    lambda(
      'observe-errors',
      names.observeFunction,
      'Errors',
      'An event could not be observed: read the log.',
    ),
  ]
  return Object.fromEntries(
    all.map((alarm) => [`${pascal(alarm.name)}Alarm`, resource(alarm, names.scheduleGroup)]),
  )
}

function resource(alarm: Alarm, prefix: string): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${prefix}-${alarm.name}`,
      AlarmDescription: alarm.description,
      Namespace: alarm.namespace,
      MetricName: alarm.metric,
      Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: alarm.statistic ?? 'Sum',
      Period: PERIOD_SECONDS,
      EvaluationPeriods: alarm.heartbeat ? 3 : 1,
      Threshold: alarm.heartbeat ? 1 : 0,
      ComparisonOperator: alarm.heartbeat ? 'LessThanThreshold' : 'GreaterThanThreshold',
      TreatMissingData: alarm.heartbeat ? 'breaching' : 'notBreaching',
      AlarmActions: [ref(IDS.alerts)],
      OKActions: [ref(IDS.alerts)],
    },
  }
}

function pascal(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase())
}
