import type { Approval } from '../ledger/approvals.ts'
import type { Caller } from '../model/caller.ts'
import type { Rotation, Status } from '../model/rotation.ts'

/** Something that has just become so, for whoever listens. */
export type Notification =
  /** Its transitions from this index of `events` on. */
  | { about: 'rotation'; rotation: Rotation; since: number }
  | { about: 'wave'; wave: WaveSummary }
  | { about: 'approval'; approval: Approval }
  | { about: 'override'; override: ApprovalOverride }

/** On demand, without the go-ahead of somebody else that is wanted. `secrets`: for people. */
export type ApprovalOverride = {
  waveId: string
  schedule: string
  scheduledAt: string
  secrets: string
  requester?: string | undefined
  caller?: Caller | undefined
  reason: string
}

export type WaveSummary = {
  waveId: string
  schedule: string
  scheduledAt: string
  trigger: Rotation['trigger']
  /** How many rotations it was made of. */
  secrets: number
  outcomes: Partial<Record<Status, number>>
  notable: Notable[]
  /** Rotations whose run failed before they had an outcome, where there are any. */
  unended?: number
}

/** A rotation as it stands, without its history. */
export type Notable = Omit<Rotation, 'events'>

/**
 * Tells whoever listens. Called inside steps, so at least once, and only ever after what it tells of is in the ledger.
 * It never rejects and gives up within seconds: no outcome depends on it (docs/notifications.md).
 */
export type Notify = (notification: Notification) => Promise<void>

/** Rotations that a wave's notification carries: executions answer with 256 KB at most, and a person reads no more. */
const MOST_NOTABLE = 20

export const WORST_FIRST: readonly Status[] = [
  'FAILED',
  'TIMED_OUT',
  'MISSED',
  'SKIPPED',
  'ROTATING',
  'CLAIMED',
  'SUCCEEDED',
]

/**
 * `MOST_NOTABLE` of them at most: one of each reason, then the rest, each worst first. Whom it concerns goes by reasons,
 * so that none is lost behind a thousand of another. Of those that succeeded, and nothing else, one stands for all.
 */
export function notableOf(rotations: Notable[]): Notable[] {
  const rank = (it: Notable) => WORST_FIRST.indexOf(it.status) - (it.concerns ? 0.5 : 0)
  const seen = new Set<string>()
  const isFirst = ({ status, reason, concerns = [] }: Notable) => {
    const why = [status, reason, ...concerns].join(' ')
    return !seen.has(why) && seen.add(why)
  }
  const isGood = ({ status, concerns }: Notable) => status === 'SUCCEEDED' && !concerns
  const good = rotations.find(isGood)
  const rest = rotations.filter((it) => !isGood(it)).sort((a, b) => rank(a) - rank(b))
  const { firsts = [], others = [] } = Object.groupBy(rest, (it) => (isFirst(it) ? 'firsts' : 'others'))
  return [...firsts, ...others, ...(good ? [good] : [])].slice(0, MOST_NOTABLE)
}

/** Where in `events` the transitions begin that come with the last one: what led to ROTATING was told with it. */
export function unnotifiedSince({ events }: Rotation): number {
  const before = events.slice(0, -1)
  return before.some(({ status }) => status !== 'CLAIMED') ? before.length : 0
}
