/** What `validate` warns of: the names never change, since configs acknowledge by them. docs/warnings.md has the rest. */
export const WARNINGS = [
  'past',
  'zone-data',
  'clock-skips',
  'clock-repeats',
  'frozen-out',
  'window-overlaps',
  'short-window',
  'early-objective',
  'older-than-max-age',
  'canary',
  'shared-secret',
  'two-strategies',
  'too-often',
  'weekday-numbers',
  'uneven-steps',
  'no-daylight-saving',
  'reversed-offset',
  'unknown-region',
  'no-schedules',
  'unpinned',
  'rule-binds-nothing',
] as const

type WarningName = (typeof WARNINGS)[number]

/** What `rehearse` alone finds, acknowledged in the same way: docs/rehearse.md. */
export const REHEARSED = [
  'ended',
  'not-due',
  'never-succeeds',
  'left-out',
  'late',
  'objective',
  'too-old',
  'frozen-long',
  'drifts',
  'together',
  'quota',
  'nobody-answers',
  'no-time-for-retries',
  'no-time-for-hooks',
] as const

export type RehearsedName = (typeof REHEARSED)[number]

/** What would surprise: legal, but probably not meant. */
export type Warning = {
  name: WarningName | 'nothing-to-acknowledge' | 'nothing-to-waive'
  /** Null: the file as a whole. */
  schedule: string | null
  /** A path inside the schedule, as `when` or `secrets.2`; inside the file where there is no schedule. */
  field: string
  message: string
  hint: string
}

/** Of one schedule, which need not be named yet. */
export type ScheduleWarning = Omit<Warning, 'schedule'>

/** Someone knows, and says why it is meant. */
export type Acknowledgement = { warning: WarningName | RehearsedName; reason: string }
