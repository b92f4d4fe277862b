import type { Rotation } from '../../src/model/rotation.ts'

/** A RotateSecret. `sentAt`: when it left its sender; `lateMs`: how late the machine had its sender be then. */
type Sending = { sentAt: number; lateMs?: number; secret: string; token: string }

/** One that made a new version. */
export type Effect = Sending & { at: number; versionId: string }

/** What was due: of the calendar, or asked for on demand and accepted. */
export type Due = {
  secret: string
  rotationId: string
  schedule: string
  instant: number
  /** When its window closes. */
  closes: number
}

/**
 * `to`: where it was moved; absent: it was skipped. `toldAt`: when whoever asked was told that it stands; absent: they were
 * told that it does not, or not to be known. `backAt`: when it was asked to be taken back; `backToldAt`: when they were told that it is.
 */
export type Excepted = {
  schedule: string
  instant: number
  to?: number
  toldAt?: number
  backAt?: number
  backToldAt?: number
}

/** `canaries`: names of those that go first; none where it has no canary. `handsOver`: to somebody. */
export type Terms = {
  canaries: string[]
  soakMs: number
  retries: number
  windowMs: number
  pauseAfter?: number | undefined
  maxErrors?: number | undefined
  handsOver?: boolean
}

export type Happened = {
  effects: Effect[]
  /** Every RotateSecret that reached AWS: a later attempt makes no version, and is bound as the first is. */
  sendings: Sending[]
  /** AWSCURRENT came to a version. */
  moves: { at: number; secret: string; versionId: string }[]
  rotations: Rotation[]
  occurrences: Due[]
  /** `sure`: whoever asked was told that it is under way, or planned. `cancelledAt`: they were told that it is taken back. */
  requests: (Due & { sure: boolean; cancelledAt?: number })[]
  /** What people asked for one occurrence of a schedule: to leave it out, or to have it at another instant. */
  exceptions: Excepted[]
  /** What a schedule says of its waves. */
  schedules: Map<string, Terms>
  /** Deployments that ECS was asked for, by their service; and how many of them the wire doubled. */
  deployments: { service: string; createdAt: number }[]
  doubled: number
  /** Calls of functions that refresh consumers, as they arrived; `ok`: it did so. */
  refreshes: { at: number; rotationId: string; consumer: string; ok: boolean }[]
  /** Roles of applications, and reads of values, whoever's. `heard`: its record came, and the stage took it, or perhaps did. */
  readers: readonly string[]
  reads: { at: number; secret: string; role: string; heard: boolean | 'perhaps' }[]
  /** Calls of hooks, as they began; `ok`: it said yes, in the end. */
  hooks: { at: number; rotationId: string; hook: 'before' | 'after'; ok: boolean }[]
  /** Rotations of which the log says that no pause could be placed, or ended. */
  unpaused: string[]
  /** Secrets whose function never succeeds. */
  broken: string[]
  /** Secrets Manager gave an attempt of a version up. */
  failures: Pick<Effect, 'at' | 'secret' | 'token'>[]
  /**
   * In force over all but `ignoredBy`: for executions of the configs that have it (`configs`) as it begins, for those of
   * an earlier one not before `othersFrom` (decision 0096).
   */
  freezes: {
    name: string
    from: number
    to: number
    ignoredBy: string[]
    configs: string[]
    othersFrom: number
  }[]
  /**
   * From when its operator was told that it is placed (absent: was not), to when its release was asked for, or its own end.
   * It may be in force from `askedAt` to `until`; default: the same.
   */
  holds: { scope: string; from?: number; to: number; askedAt?: number; until?: number }[]
  /** How long a busy machine may take between the last look at the clock and the call, beside a sender's own `lateMs`. */
  graceMs: number
  /** How long before that the holds may have been read (src/rotation/read-gate.ts), and what whoever answered was late. */
  readMs: number
  /** How much two processes' clocks may differ. */
  clockMs: number
}

export const KINDS = [
  ...(['double', 'lost', 'early', 'late', 'frozen', 'held', 'untrue'] as const),
  ...(['excepted', 'canary', 'paused', 'attempts', 'consumer', 'hook', 'stopped'] as const),
] as const
export type Violation = { kind: (typeof KINDS)[number]; secret: string; rotationId: string; what: string }

/** Of the run's clock. */
export const time = (at: number) => new Date(at).toISOString().slice(11, 23)
