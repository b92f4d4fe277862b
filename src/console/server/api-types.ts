import type { Schedule } from '../../config/config.ts'
import type { Approval } from '../../ledger/approvals.ts'
import type { Handover } from '../../model/handover.ts'
import type { Hold, Scope } from '../../model/hold.ts'
import type { Rotation, Status } from '../../model/rotation.ts'
import type { Standing, UnderWay } from '../../report/standing.ts'
import type { Moment } from '../../report/timeline.ts'
import type { Links } from './links.ts'

/**
 * What the console's server answers: types alone, which the page knows, too. Instants of ours are epoch ms; rotations
 * and holds are as the ledger has them (ISO).
 */

/** Any answer that is not 2xx: what is wrong, and what to do. */
export type ErrorAnswer = { error: string; hint?: string }

export type StageAnswer = {
  stage: string
  configVersion: string
  /** The config file, as given. */
  file: string
  operator: string
  /** Where AWS is, if not AWS's own: `AWS_ENDPOINT_URL`. */
  endpoint?: string
  region?: string
  now: number
  /** Of the schedules, the most common first, and UTC. */
  timezones: string[]
  schedules: ScheduleAnswer[]
  /** Names, as the ledger has them, of every secret that the config names. */
  secrets: string[]
}

/** As configured; no secrets where a selector chooses. */
export type ScheduleAnswer = Pick<
  Schedule,
  'name' | 'when' | 'timezone' | 'secrets' | 'precision' | 'concurrency' | 'enabled'
> &
  Pick<Schedule, 'windowSeconds' | 'timeoutSeconds' | 'retries' | 'owner' | 'description' | 'runbook'> & {
    /** `when` in plain words. */
    words: string
    /** The selector in words: `the tags rotation=month-end and the prefix prod/`. */
    selects?: string
    /** `ACCOUNT/REGION` where the secrets are not in the stage's own. */
    place?: string
  }

export type NowAnswer = Omit<Standing, 'next' | 'underWay' | 'awsFacts'> & {
  now: number
  /** Nobody has to do anything. */
  inOrder: boolean
  /** What is not in order, as `status` says it in its first lines. */
  news: string[]
  troubles: Trouble[]
  aboutAws: { text: string; command?: string }[]
  next: NextAnswer[]
  underWay: (UnderWay & { moments: Moment[] })[]
  /** What ended in the last 24 hours, the latest first, 100 at most. */
  settled: Rotation[]
}

export type NextAnswer = {
  schedule: string
  secrets: string[]
  at: number
  timezone: string
  frozen?: string
  /** `skipped by ana: CHG-1`: it does not run then. */
  skipped?: string
  held: Scope[]
  /** Of these, what failures have paused. */
  paused: Scope[]
}

/** What needs a person: one card. Instants: ISO. Commands in its texts stand between backticks. */
export type Trouble = Links & {
  key: string
  /** `warn`: `status` calls it in order all the same. */
  tone: 'bad' | 'warn'
  title: string
  status?: Status
  reason?: string
  since?: string
  /** The occurrence that it is about. */
  at?: string
  /** When it is too late. */
  until?: string
  happened: string
  /** What to do. */
  todo?: string | undefined
  command?: string
  /** Whose owner and runbook. */
  schedule?: string
  rotations?: Pick<Rotation, 'rotationId' | 'secretName'>[]
  /** What may be done here: rotate these again, answer, release these, cancel the run of this id. */
  again?: { schedule?: string; secrets?: string[] } | undefined
  approval?: Approval
  pauses?: Hold[]
  cancel?: string
  /** Who has taken the new value, and who has not. */
  handover?: Handover
}

export type CalendarAnswer = {
  timezone: string
  now: number
  /** First and last (exclusive) instant of the days. */
  from: number
  to: number
  /** `November 2026`, `23–29 November 2026`. */
  title: string
  /** Days of the view before and after this one: YYYY-MM-DD. */
  previous: string
  next: string
  /** Why planned runs are not among them; absent where they are. */
  plannedUnseen?: string
  /** Whole weeks from Monday. */
  days: DayAnswer[]
}

export type DayAnswer = {
  /** YYYY-MM-DD by the calendar's zone. */
  date: string
  from: number
  to: number
  today: boolean
  /** Of the month before or after. */
  outside: boolean
  slots: SlotAnswer[]
  /** Cut to the day. */
  freezes: { name: string; reason?: string; from: number; to: number }[]
  clockChanges: { at: number; words: string }[]
}

/** Occurrences of one schedule that are shown as one: of a day in a month, of an hour in a week. */
export type SlotAnswer = {
  schedule: string
  /** The first, and its local time in the calendar's zone: `03:00` or `03:00:30`. */
  at: number
  local: string
  count: number
  windowSeconds: number
  /** How many of them a freeze stops, and the first such freeze. */
  frozen: number
  frozenBy?: string
  /** How many of them people have skipped: the notes say who and why. Absent: none. */
  skipped?: number
  notes: string[]
  /** Planned runs: absent where the schedule itself makes them. */
  planned?: true
  /** How many of them a hold of all or of the schedule stops. Absent: none. */
  held?: number
  /** What `cancel` takes back: the requests of planned runs, or the exceptions that people have made. */
  takeBack?: string[]
  /** What the ledger has of them: how many rotations ended how. Absent for those to come. */
  outcomes?: Partial<Record<Status, number>>
}

/** A rotation without what only its own page shows. */
export type RotationSummary = Omit<Rotation, 'events' | 'executionArn' | 'configVersion' | 'secretArn'>

export type HistoryAnswer = {
  now: number
  /** The latest first; where there are more than 5,000, these are the latest of them. */
  rotations: RotationSummary[]
  truncated: boolean
}

export type RotationAnswer = {
  rotation: Rotation
  moments: Moment[]
  /** The schedule's own. */
  timezone: string
  /** Of the reason, where it is one of ours. */
  meaning?: string
  remedy?: string
  /** Whether the login of before works still, and until when, as `show` says it. */
  oldLogin?: string
  links: Links
}
