import type { Approval } from '../ledger/approvals.ts'
import { commandFor } from '../model/pasteable.ts'
import { formatInstant } from './format-instant.ts'
import { aboutText, canaryLine, type Message, type Origin, subject } from './message.ts'

/** Asks for a go-ahead: for what, when, how to answer, by when, and what happens otherwise. */
export function approvalText(approval: Approval, zone: string, origin: Origin): Message {
  const { stage, configVersion } = origin
  const { approvalId, schedule, scheduledAt, secrets, expiresAt } = approval
  const what = secrets === undefined ? 'its secrets' : secrets === 1 ? '1 secret' : `${secrets} secrets`
  const text = [
    `${schedule} waits for your go-ahead to rotate ${what}.`,
    [
      `When: ${formatInstant(scheduledAt, zone)}`,
      ...canaryLine(schedule, origin),
      `Answer by: ${formatInstant(expiresAt, zone)}`,
    ].join('\n'),
    [
      `Approve: ${commandFor(stage, 'approve', approvalId, ['--reason', 'TEXT'])}`,
      `Reject: ${commandFor(stage, 'reject', approvalId, ['--reason', 'TEXT'])}`,
      'Without an answer nothing rotates: each secret is SKIPPED NOT_APPROVED.',
    ].join('\n'),
    ...aboutText([schedule], origin),
    `Stage ${stage}, config version ${configVersion}`,
  ]
  return {
    id: `approval/${approvalId}/PENDING`,
    subject: subject(
      stage,
      `Approve? ${schedule}, ${what}, ${scheduledAt.slice(0, 16).replace('T', ' ')} UTC`,
    ),
    text: text.join('\n\n'),
  }
}
