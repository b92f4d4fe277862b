import type { Caller } from './caller.ts'
import { nameInKey } from './identity.ts'
import type { Trigger } from './rotation.ts'
import { secretNameOf } from './secret.ts'

/**
 * An operator's emergency stop: everything, a schedule, or a secret. It works at once, without a deploy. ISO instants.
 * A `pause` is one that failures have placed: see src/rotation/pause.ts.
 */
export type Hold = {
  /** Short, to be typed by people: one hold's own, however many there are of its scope. */
  id: string
  scope: Scope
  kind: 'hold' | 'pause'
  /** A pause's: it binds what this schedule starts, and nothing on demand. */
  schedule?: string
  reason: string
  by: string
  placedAt: string
  /** Without it, it holds until it is released. */
  until?: string
  releasedAt?: string
  /** Absent where it was replaced by another one, as the release before this one did. */
  releasedBy?: string
  /** Whose it is, and who released it, as STS has said: read beside it to be shown, and never of the item itself. */
  caller?: Caller
  releaser?: Caller
}

/** `all`, `schedule/NAME`, or `secret/NAME`. */
export type Scope = 'all' | `schedule/${string}` | `secret/${string}`

/** Holds of one scope that can be in force at once. */
export const MOST_HOLDS = 20

/**
 * Whether a hold keeps what starts at this instant (ISO) from starting: not released, and without an end or ending
 * later. There is no beginning: whoever places a hold means what comes.
 */
export function isInForce({ releasedAt, until }: Hold, instant: string): boolean {
  return releasedAt === undefined && (until === undefined || instant < until)
}

/** When it ended or will: by its own end or its release, whichever came first. Undefined: when somebody releases it. */
export function holdEnd({ until, releasedAt }: Hold): string | undefined {
  return (until ?? '9999') < (releasedAt ?? '9999') ? until : releasedAt
}

/** Those that were in force at an instant (ISO) that has passed, whatever has happened to them since. */
export function heldAt(holds: Hold[], instant: string): Hold[] {
  return holds.filter((hold) => hold.placedAt <= instant && instant < (holdEnd(hold) ?? '9999'))
}

/** Those that count for what a schedule starts, or somebody on demand: a pause does for the former, of its own schedule. */
export function bindingOn({ name, trigger }: { name: string; trigger: Trigger }, holds: Hold[]): Hold[] {
  return holds.filter(
    ({ kind, schedule }) => kind !== 'pause' || (trigger !== 'ON_DEMAND' && schedule === name),
  )
}

/** The scope of a secret, however it is written: a name, an ARN, or a ledger key with its place before it. */
export function secretScope(secret: string): Scope {
  return `secret/${nameInKey(secretNameOf(secret))}`
}

/** The scopes whose holds count for any of these secrets in a schedule: by their names alone, wherever they are. */
export function scopesOver(schedule: string, secrets: string[]): Scope[] {
  return ['all', `schedule/${schedule}`, ...new Set(secrets.map(secretScope))]
}
