import type { Approval } from '../ledger/approvals.ts'
import type { World } from './world.ts'

/**
 * Tells people that a wave waits for them: how to answer, by when, and what happens if nobody does. The one place
 * where it is told. At least once: as the wave starts to wait, after a crash again, and before that where it is asked
 * for ahead of time. A wave does not end because nobody could be
 * told, so what can fail here is tried, noted in the log, and left.
 */
export async function announceApproval(
  approval: Approval,
  world: Pick<World, 'config' | 'log'>,
): Promise<null> {
  const { approvalId, schedule, scheduledAt, secrets, expiresAt } = approval
  const { stage } = world.config
  world.log('approval requested', {
    approvalId,
    schedule,
    scheduledAt,
    secrets,
    approve: `npx tourbillon approve ${approvalId} --stage ${stage}`,
    reject: `npx tourbillon reject ${approvalId} --stage ${stage} --reason TEXT`,
    answerBy: expiresAt,
    otherwise: 'nothing rotates: each secret is SKIPPED NOT_APPROVED',
  })
  return null
}
