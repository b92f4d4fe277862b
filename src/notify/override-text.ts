import { callerText } from '../model/caller.ts'
import { oneLine } from '../model/text.ts'
import type { ApprovalOverride } from '../rotation/notification.ts'
import { type Chat, chatText, quoted } from './chat-text.ts'
import { formatInstant } from './format-instant.ts'
import { aboutText, type Message, type Origin, subject } from './message.ts'

/** Tells that something rotates on demand without the go-ahead that its schedule wants: who, what, why. */
export function overrideText(override: ApprovalOverride, zone: string, origin: Origin): Message {
  const { stage, configVersion } = origin
  const { waveId, schedule, scheduledAt, secrets, requester = 'somebody', caller, reason } = override
  const text = [
    `${oneLine(requester)} rotates on demand, without the go-ahead of anybody else, what wants one.`,
    [
      `Why: ${oneLine(reason)}`,
      `Who: ${oneLine(callerText(caller ?? { notProved: 'nobody has asked STS' }))}`,
      `When: ${formatInstant(scheduledAt, zone)}`,
      `What: ${oneLine(secrets)}`,
    ].join('\n'),
    ...aboutText([schedule], origin),
    `Stage ${stage}, config version ${configVersion}`,
  ]
  const chat: Chat = {
    title: `Approval overridden: ${schedule}`,
    lines: [
      `${quoted(requester)} rotates on demand, without anybody else's go-ahead: ${quoted(reason)}`,
      `For ${formatInstant(scheduledAt, zone)}: ${quoted(secrets)}`,
    ],
    nextSteps: [],
    ...{ schedules: [schedule], thread: waveId, eventType: 'Approval Overridden' },
    context: { kind: 'override', schedule, scheduledAt },
  }
  return {
    chat: chatText(chat, origin),
    id: `override/${waveId}`,
    subject: subject(
      stage,
      `Approval overridden: ${schedule}, ${scheduledAt.slice(0, 16).replace('T', ' ')} UTC`,
    ),
    text: text.join('\n\n'),
  }
}
