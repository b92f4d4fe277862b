import type { Approval } from '../ledger/approvals.ts'
import { approvalIdOf, waveIdOf } from '../model/identity.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import type { Ports } from './ports.ts'
import type { Wave } from './wave.ts'
import type { WaveEnd } from './wave-end.ts'

/** Something that has just become so, for whoever listens. */
export type Notification =
  /** Its transitions from this index of `events` on. */
  | { about: 'rotation'; rotation: Rotation; since: number }
  | { about: 'wave'; wave: WaveSummary }
  | { about: 'approval'; approval: Approval }

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
export type Notify = (news: Notification) => Promise<void>

/** Rotations that a wave's news carry: executions answer with 256 KB at most, and a person reads no more. */
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

/** The worst of them, `MOST_NOTABLE` at most; of those that succeeded, and nothing else, one stands for all. */
export function notableOf(rotations: Notable[]): Notable[] {
  const rank = (it: Notable) => WORST_FIRST.indexOf(it.status) - (it.concerns ? 0.5 : 0)
  const worstFirst = [...rotations].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_NOTABLE)
  const good = worstFirst.findIndex(({ status, concerns }) => status === 'SUCCEEDED' && !concerns)
  return good === -1 ? worstFirst : worstFirst.slice(0, good + 1)
}

/** Tells of the transitions that nobody has heard of yet. A claim is told with what follows: it delays nothing. */
export async function notifyTransitions(rotation: Rotation, ports: Pick<Ports, 'notify'>): Promise<void> {
  await ports.notify({ about: 'rotation', rotation, since: unnotifiedSince(rotation) })
}

/** Where in `events` the transitions begin that come with the last one: what led to ROTATING was told with it. */
export function unnotifiedSince({ events }: Rotation): number {
  const before = events.slice(0, -1)
  return before.some(({ status }) => status !== 'CLAIMED') ? before.length : 0
}

/** Tells how a wave ended; and who let it go ahead or did not, which would have delayed it before. */
export async function notifyWave(
  wave: Wave,
  { outcomes, notable, unended }: WaveEnd,
  ports: Ports,
): Promise<null> {
  const { name: schedule, scheduledAt, trigger } = wave
  const secrets = wave.secrets.length
  if (secrets === 0) return null
  if (wave.schedule?.approval && trigger !== 'ON_DEMAND') {
    const approval = await ports.approvals.get(approvalIdOf(wave)).catch((error: unknown) => {
      ports.log('could not read the approval', { schedule, scheduledAt, error: String(error) })
    })
    if (approval && approval.status !== 'PENDING') await ports.notify({ about: 'approval', approval })
  }
  await ports.notify({
    about: 'wave',
    wave: {
      waveId: waveIdOf(wave),
      schedule,
      scheduledAt,
      trigger,
      secrets,
      outcomes,
      notable,
      ...(unended > 0 && { unended }),
    },
  })
  return null
}

/**
 * Tells people that a wave waits for them: how to answer, by when, and what happens if nobody does. The one place
 * where it is told. At least once: as the wave starts to wait, after a crash again, and before that where it is asked
 * for ahead of time. A wave does not end because nobody could be
 * told, so what can fail here is tried, noted in the log, and left.
 */
export async function notifyApproval(
  approval: Approval,
  ports: Pick<Ports, 'config' | 'log' | 'notify'>,
): Promise<null> {
  const { approvalId, schedule, scheduledAt, secrets, expiresAt } = approval
  const { stage } = ports.config
  ports.log('approval requested', {
    approvalId,
    schedule,
    scheduledAt,
    secrets,
    approve: `npx tourbillon approve ${approvalId} --stage ${stage}`,
    reject: `npx tourbillon reject ${approvalId} --stage ${stage} --reason TEXT`,
    answerBy: expiresAt,
    otherwise: 'nothing rotates: each secret is SKIPPED NOT_APPROVED',
  })
  await ports.notify({ about: 'approval', approval })
  return null
}
