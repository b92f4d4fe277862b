import type { Freeze } from '../calendar/freezes.ts'
import type { Acknowledgement } from './warnings/names.ts'

/**
 * A validated, compiled configuration: plain JSON, so that it can be bundled in a function and read there without a
 * YAML parser or a validator. Durations are whole seconds; defaults are already applied.
 */
export type Config = {
  /** File name without its ending: `config/prod.yml` is the stage `prod`. */
  stage: string
  /** First 12 hex digits of the SHA-256 of everything else in here: shows in logs, ledger and schedules. */
  version: string
  freezes: Freeze[]
  schedules: Schedule[]
  /** Warnings that are known and meant, whatever the schedule. */
  acknowledge?: Acknowledgement[]
}

/** A named entry of the config: what rotates, when. */
export type Schedule = {
  name: string
  /** AWS's own expression as written: `cron(…)`, `rate(…)`, `at(…)`. */
  when: string
  /** IANA name. */
  timezone: string
  /** Anchor of a `rate()`: an ISO instant. */
  start?: string
  /** Secret names or ARNs, no duplicates; empty where `select` chooses. */
  secrets: string[]
  /** Chooses the secrets as each wave starts. */
  select?: Selector
  /** Where they are, if not in the orchestrator's own account and region. */
  place?: Place
  /** How long after the scheduled instant a rotation may still start. */
  windowSeconds: number
  /** How long one rotation may take. */
  timeoutSeconds: number
  precision: 'minute' | 'second'
  /** Rotations of one wave at once. */
  concurrency: number
  /** Launch nothing more once this many rotations of a wave went wrong; absent: never stop. */
  maxErrors?: number
  /** Whether an occurrence that nothing started is caught up inside its window. Absent: `run`. */
  onMissed?: 'run' | 'report'
  /** A secret that was rotated longer ago is overdue, whatever the schedule; absent: none ever is. */
  maxAgeSeconds?: number
  /** Run before each rotation, in order; may veto it. */
  before?: Hook[]
  /** Run after each rotation, in order: verify, refresh caches. */
  after?: Hook[]
  enabled: boolean
  /** AWS Systems Manager Change Calendars, names or ARNs: nothing starts while one is closed. Absent: none. */
  changeCalendars?: string[]
  /** Who hears of what; absent: see src/notify/recipients.ts. */
  notify?: NotifyRule
  /** A person's go-ahead that its waves wait for; absent: none. */
  approval?: ApprovalRule
  /** Freezes that this schedule rotates through, each with its reason. */
  ignoreFreezes: { name: string; reason: string }[]
  /** Warnings of this schedule that are known and meant. */
  acknowledge?: Acknowledgement[]
}

/** Another account, another region, or both: what is absent is the orchestrator's. */
export type Place = {
  /** 12 digits. */
  account?: string
  region?: string
  /** Name or ARN of the role to assume in `account`: there wherever `account` is. */
  role?: string
  externalId?: string
}

/** Secrets by what they are: every condition must hold. */
export type Selector = {
  /** Exactly these values of these tags. */
  tags?: Record<string, string>
  /** How their names begin. */
  prefix?: string
}

/** What people may hear of. */
export const NOTIFY_KINDS = ['failure', 'missed', 'approval', 'overdue', 'skipped', 'success'] as const
export type NotifyKind = (typeof NOTIFY_KINDS)[number]

export type NotifyRule = {
  /** Absent: failure, missed, approval. Empty: nothing. */
  on?: NotifyKind[]
  /** An SNS topic's name or ARN; absent: the stage's own. */
  sns?: string
}

export type ApprovalRule = {
  /** How long after the scheduled instant an answer is still awaited: at most the window. */
  timeoutSeconds: number
  /** How long before the instant it is asked for; absent: as the wave starts. */
  noticeSeconds?: number
}

/** A Lambda function of the user's. */
export type Hook = {
  /** Function name, ARN, or either with an alias. */
  invoke: string
  timeoutSeconds: number
}
