import type { Config } from '../config/config.ts'
import { SILENT_MS } from '../ledger/audit-state.ts'
import { watchesReads } from '../model/adoption.ts'
import {
  type AuditMetric,
  namespaceOf,
  type ReasonMetric,
  type StatusMetric,
  type UNANNOUNCED,
} from '../model/metric-names.ts'
import { commandFor } from '../model/pasteable.ts'
import type { ResourceNames } from '../model/resource-names.ts'
import { IDS, type Resource, type Resources, ref } from './template.ts'

type Alarm = {
  name: string
  description: string
  namespace: string
  metric: string
  dimensions: Record<string, string>
  /** Most periods in which one bad one still alarms: for what CloudWatch gets late. Default: 1. */
  within?: number
  /** Alarms only where it is so in as many periods one after the other. Default: 1. */
  inARow?: number
  /** Tells where there is none of it any more. */
  heartbeat?: true
}

/** One look every five minutes, and the first bad one alarms: a missed rotation is never a matter of averages. */
const PERIOD_SECONDS = 300

const SILENT_PERIODS = SILENT_MS / 1_000 / PERIOD_SECONDS

/** What must not pass unseen. Every alarm tells the alert topic, and again when it is over. */
export function alarms(config: Config, names: ResourceNames): Resources {
  const { stage } = config
  const all = [
    ...ownAlarms(stage),
    ...deliveryAlarms(names),
    ...(watchesReads(config) ? [readsAlarm(names)] : []),
    ...functionAlarms(stage, names),
  ]
  return Object.fromEntries(
    all.map((alarm) => [`${pascal(alarm.name)}Alarm`, resource(alarm, names.scheduleGroup)]),
  )
}

/** By our own metrics. */
function ownAlarms(stage: string): Alarm[] {
  const outcome = (
    metric: StatusMetric | ReasonMetric | AuditMetric | typeof UNANNOUNCED,
    name: string,
    description: string,
  ): Alarm => ({ name, description, namespace: namespaceOf(stage), metric, dimensions: {} })
  const failed = (status: string) => commandFor(stage, 'history', ['--status', status])
  return [
    outcome('Failed', 'rotation-failed', `A rotation failed: ${failed('FAILED')}`),
    outcome('TimedOut', 'rotation-timed-out', 'A rotation started and did not finish in time.'),
    outcome(
      'GateUnreadable',
      'gate-unreadable',
      'Holds could not be read, so nothing rotated. node_modules/aws-tourbillon/docs/operations.md: When the ledger cannot be read.',
    ),
    outcome('Missed', 'missed', `A rotation was missed: ${failed('MISSED')}`),
    outcome('LostRuns', 'lost-runs', 'A run ended without settling its rotation: read its log.'),
    outcome('Overdue', 'overdue', 'A secret is older than its maxAge: the audit’s log names it.'),
    {
      ...outcome('Audits', 'audit-silent', 'Nobody looks for missed rotations: the audit does not run.'),
      heartbeat: true,
    },
    {
      ...outcome(
        'AuditErrors',
        'audit-incomplete',
        'The audit cannot look at everything: its log says what.',
      ),
      inARow: 3,
    },
    outcome('Unannounced', 'unannounced', 'Something could not be told: the log has "could not announce".'),
  ]
}

function deliveryAlarms(names: ResourceNames): Alarm[] {
  return [
    {
      name: 'undelivered',
      description: 'An event could not be delivered, or the orchestrator gave it up: read the queue.',
      namespace: 'AWS/SQS',
      // What came, not what lies there: one that is left unread must not hide the next. Scheduler and Lambda send to the
      // queue as anybody does, so they count. Of a queue that was idle CloudWatch hears within a quarter of an hour.
      // Source: SQS Developer Guide, sqs-dead-letter-queues, sqs-monitoring-using-cloudwatch.
      metric: 'NumberOfMessagesSent',
      dimensions: { QueueName: names.deadLetterQueue },
      within: 4,
    },
    {
      name: 'scheduler-dropped',
      description: 'EventBridge Scheduler dropped an invocation after all its retries.',
      namespace: 'AWS/Scheduler',
      metric: 'InvocationDroppedCount',
      dimensions: { ScheduleGroup: names.scheduleGroup },
    },
  ]
}

/**
 * SQS moves what is given up there by itself, and that does not count as sent: what lies there is what shows. CloudWatch
 * hears of a queue for six hours after something was done with it, so the alarm ends by itself.
 * Source: SQS Developer Guide, sqs-available-cloudwatch-metrics, sqs-monitoring-using-cloudwatch.
 */
function readsAlarm({ readsDeadLetters }: ResourceNames): Alarm {
  return {
    name: 'reads-lost',
    description: `A read of a secret could not be noted: see the log of reads, then purge ${readsDeadLetters}. Who has fetched may be named as not seen to.`,
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: readsDeadLetters },
    within: 4,
  }
}

function functionAlarms(stage: string, names: ResourceNames): Alarm[] {
  const lambda = (name: string, functionName: string, metric: string, description: string): Alarm => ({
    ...{ name, description, namespace: 'AWS/Lambda', metric, dimensions: { FunctionName: functionName } },
  })
  return [
    // `Errors` counts invocations, of which an execution has many, and survives some. No data: none ended so.
    // Source: Lambda Developer Guide, durable-monitoring.
    lambda(
      'executions-failed',
      names.rotateFunction,
      'DurableExecutionFailed',
      `A run ended before its work was done. See its log, and: ${commandFor(stage, 'status')}`,
    ),
    lambda(
      'executions-timed-out',
      names.rotateFunction,
      'DurableExecutionTimedOut',
      `A run was ended by Lambda after its longest time. See its log, and: ${commandFor(stage, 'status')}`,
    ),
    lambda(
      'executions-stopped',
      names.rotateFunction,
      'DurableExecutionStopped',
      `Somebody has stopped a run: ${commandFor(stage, 'status')}`,
    ),
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
}

function resource({ within = 1, inARow = 1, ...alarm }: Alarm, prefix: string): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${prefix}-${alarm.name}`,
      AlarmDescription: alarm.description,
      Namespace: alarm.namespace,
      MetricName: alarm.metric,
      Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: 'Sum',
      Period: PERIOD_SECONDS,
      ...(alarm.heartbeat ? HEARTBEAT : badNews(within, inARow)),
      AlarmActions: [ref(IDS.alerts)],
      OKActions: [ref(IDS.alerts)],
    },
  }
}

/** Where nothing is reported, nothing is wrong. */
function badNews(within: number, inARow: number): Resource['Properties'] {
  return {
    EvaluationPeriods: Math.max(within, inARow),
    DatapointsToAlarm: inARow,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  }
}

/**
 * So long without it is no data, a state that an alarm begins in: so it tells of a heart that has stopped,
 * and not of each new stage whose first beat is to come. Source: CloudWatch User Guide, alarms-and-missing-data.
 */
const HEARTBEAT: Resource['Properties'] = {
  EvaluationPeriods: SILENT_PERIODS,
  DatapointsToAlarm: SILENT_PERIODS,
  Threshold: 1,
  ComparisonOperator: 'LessThanThreshold',
  TreatMissingData: 'missing',
  InsufficientDataActions: [ref(IDS.alerts)],
}

function pascal(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase())
}
