import type { Reason } from './reasons.ts'

/**
 * Names of a stage's own metrics, for those who write them (src/notify/embedded-metrics.ts, the log's lines) and those who read
 * them (src/deploy: filters, alarms, dashboard).
 */

/** One for each status that people care about: counted from `settled` lines, and by schedule. */
export const STATUS_METRICS = {
  SUCCEEDED: 'Succeeded',
  SKIPPED: 'Skipped',
  FAILED: 'Failed',
  TIMED_OUT: 'TimedOut',
} as const

/** Outcomes that are watched by their reason: counted from `settled` lines, too. */
export const REASON_METRICS = { GATE_UNREADABLE: 'GateUnreadable' } as const satisfies Partial<
  Record<Reason, string>
>

export type ReasonMetric = (typeof REASON_METRICS)[keyof typeof REASON_METRICS]

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
  unknownDeliveries: 'UnknownDeliveries',
  nothingMatched: 'NothingMatched',
  notListed: 'SecretsNotListed',
  errors: 'AuditErrors',
} as const

export type AuditMetric = (typeof AUDIT_METRICS)[keyof typeof AUDIT_METRICS]

/** What could not be told, to programs or to people: counted from the lines of every function that tells. */
export const UNANNOUNCED = 'Unannounced'

/** How late rotations started and how long they took, by schedule; milliseconds. */
export const TIME_METRICS = { skewMs: 'Skew', durationMs: 'Duration' } as const

/** What metrics by schedule carry beside their numbers. */
export const SCHEDULE_DIMENSION = 'Schedule'

/** All of a stage's own metrics. */
export function namespaceOf(stage: string): string {
  return `Tourbillon/${stage}`
}
