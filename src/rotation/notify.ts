import type { Approval } from '../ledger/approvals.ts'
import { approvalIdOf, waveIdOf } from '../model/identity.ts'
import { commandFor } from '../model/pasteable.ts'
import type { Rotation } from '../model/rotation.ts'
import { secretNameOf } from '../model/secret.ts'
import { atDoor } from '../model/text.ts'
import { unnotifiedSince } from './notification.ts'
import type { Ports } from './ports.ts'
import { approvalRuleOf, type Wave } from './wave.ts'
import type { WaveEnd } from './wave-end.ts'

/**
 * Tells of the transitions that nobody has heard of yet. A claim is told with what follows: it delays nothing.
 * Decision 0070.
 */
export async function notifyTransitions(rotation: Rotation, ports: Pick<Ports, 'notify'>): Promise<void> {
  await ports.notify({ about: 'rotation', rotation, since: unnotifiedSince(rotation) })
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
  if (approvalRuleOf(wave)) {
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

/** Tells people, before anything rotates, that nobody else was asked. */
export async function notifyOverride(wave: Wave, ports: Pick<Ports, 'notify'>): Promise<null> {
  const { name: schedule, scheduledAt, requester, caller, overrideApproval: reason = '' } = wave
  const secrets = atDoor(wave.secrets.map(secretNameOf).join(', '), 300)
  const what = { waveId: waveIdOf(wave), schedule, scheduledAt, secrets }
  await ports.notify({ about: 'override', override: { ...what, requester, caller, reason } })
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
    approve: commandFor(stage, 'approve', approvalId),
    reject: commandFor(stage, 'reject', approvalId, ['--reason', 'TEXT']),
    answerBy: expiresAt,
    otherwise: 'nothing rotates: each secret is SKIPPED NOT_APPROVED',
  })
  await ports.notify({ about: 'approval', approval })
  return null
}
