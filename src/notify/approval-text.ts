import type { Approval } from '../ledger/approvals.ts'
import { behindLine } from '../model/behind.ts'
import { counted } from '../model/counts.ts'
import { waveIdOf } from '../model/identity.ts'
import { commandFor } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import { type Chat, chatText, quoted } from './chat-text.ts'
import { formatInstant } from './format-instant.ts'
import { aboutText, canaryLine, type Message, type Origin, subject, usersLine } from './message.ts'

/** Asks for a go-ahead: for what, when, how to answer, by when, and what happens otherwise. */
export function approvalText(approval: Approval, zone: string, origin: Origin): Message {
  const { stage, configVersion } = origin
  const { approvalId, schedule, scheduledAt, secrets, expiresAt, askedBy, behind } = approval
  const what = secrets === undefined ? 'its secrets' : counted(secrets, 'secret')
  const text = [
    `${schedule} waits for your go-ahead to rotate ${what}.`,
    ...(askedBy ? [askedText(askedBy)] : []),
    [
      `When: ${formatInstant(scheduledAt, zone)}`,
      ...canaryLine(schedule, origin),
      ...usersLine(schedule, origin),
      `Answer by: ${formatInstant(expiresAt, zone)}`,
    ].join('\n'),
    ...behindLine(behind).map(oneLine),
    [
      `Approve: ${commandFor(stage, 'approve', approvalId, ['--reason', 'TEXT'])}`,
      `Reject: ${commandFor(stage, 'reject', approvalId, ['--reason', 'TEXT'])}`,
      'Without an answer nothing rotates: each secret is SKIPPED NOT_APPROVED.',
    ].join('\n'),
    ...aboutText([schedule], origin),
    `Stage ${stage}, config version ${configVersion}`,
  ]
  const chat: Chat = {
    title: `Approve? ${schedule}, ${what}`,
    lines: [
      ...(askedBy ? [quoted(askedText(askedBy))] : []),
      `It waits for a go-ahead, for ${formatInstant(scheduledAt, zone)}.`,
      `Answer by ${formatInstant(expiresAt, zone)}. Without an answer nothing rotates.`,
      // Last, for it may be long, and what is too long is cut.
      ...behindLine(behind).map(quoted),
    ],
    // Whoever may press a button here may keep it from happening; that it happens is said by those whom AWS knows.
    nextSteps: [
      `\`${commandFor(stage, 'approve', approvalId, ['--reason', 'TEXT'])}\``,
      `\`${commandFor(stage, 'reject', approvalId, ['--reason', 'TEXT'])}\``,
    ],
    ...{ schedules: [schedule], thread: waveIdOf({ name: schedule, occasion: scheduledAt }) },
    eventType: 'Approval Requested',
    context: { kind: 'approval', schedule, scheduledAt, approvalId },
  }
  return {
    chat: chatText(chat, origin),
    id: `approval/${approvalId}/PENDING`,
    subject: subject(
      stage,
      `Approve? ${schedule}, ${what}, ${scheduledAt.slice(0, 16).replace('T', ' ')} UTC`,
    ),
    text: text.join('\n\n'),
  }
}

function askedText({ arn, requester = 'somebody', reason = 'no reason given', secrets }: Asked): string {
  return [
    `Asked for by ${oneLine(requester)}, on demand: ${oneLine(reason)}`,
    `Proved by STS: ${arn}. Somebody else has to approve it.`,
    `What: ${oneLine(secrets)}`,
  ].join('\n')
}

type Asked = NonNullable<Approval['askedBy']>
