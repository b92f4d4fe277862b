import { formatDuration } from '../calendar/format.ts'
import { behindLine } from '../model/behind.ts'
import { counted, few } from '../model/counts.ts'
import type { Notice } from '../model/notice.ts'
import { commandFor } from '../model/pasteable.ts'
import { formatSelector } from '../model/selector.ts'
import { oneLine } from '../model/text.ts'
import { type Chat, chatText, quoted } from './chat-text.ts'
import { formatInstant } from './format-instant.ts'
import { aboutText, canaryLine, type Message, type Origin, subject, usersLine } from './message.ts'
import { MOST_DESCRIBED } from './outcomes-text.ts'

/** Tells what will rotate: when, whom it concerns, and how to keep it from happening. */
export function noticeText(notice: Notice, zone: string, origin: Origin): Message {
  const { stage, configVersion } = origin
  const { waveId, schedule, scheduledAt, moved, leadSeconds, leftMs, late, secrets } = notice
  const what = counted(notice.secrets.length, 'secret')
  const left = formatDuration(late ? leftMs : leadSeconds * 1_000)
  const skip = moved
    ? `Take the move back: ${commandFor(stage, 'cancel', moved.id)}`
    : `Leave it out: ${commandFor(stage, 'skip', schedule, ['--at', scheduledAt], ['--reason', 'TEXT'])}`
  const text = [
    `${schedule} rotates ${what} in ${left}.`,
    [
      `When: ${formatInstant(scheduledAt, zone)}`,
      ...canaryLine(schedule, origin),
      ...usersLine(schedule, origin),
      ...(moved
        ? [oneLine(`Moved here by ${moved.by}, from ${formatInstant(moved.from, zone)}: ${moved.reason}`)]
        : []),
      ...(late ? [`This notice comes late: ${formatDuration(leadSeconds * 1_000)} before was meant.`] : []),
    ].join('\n'),
    affected(notice),
    ...behindLine(notice.behind).map(oneLine),
    ...approvalLines(notice, stage),
    [skip, 'Every other occurrence stays as it is.'].join('\n'),
    ...aboutText([schedule], origin),
    `Stage ${stage}, config version ${configVersion}`,
  ]
  const chat: Chat = {
    title: `In ${left}: ${schedule}, ${what}`,
    lines: [
      `${schedule} rotates ${what} at ${formatInstant(scheduledAt, zone)}.`,
      ...(secrets.length > 0
        ? [`Who is affected: whoever logs in with ${few(secrets.map(quoted), MOST_DESCRIBED)}`]
        : []),
      ...(notice.approval?.status === 'PENDING'
        ? ['It waits for a go-ahead; without one nothing rotates.']
        : []),
      // Last, for it may be long, and what is too long is cut.
      ...behindLine(notice.behind).map(quoted),
    ],
    nextSteps: [`Leave it out: \`${skip}\``],
    ...{ schedules: [schedule], thread: waveId, eventType: 'Notice', secrets },
    context: {
      ...{ kind: 'notice', schedule, scheduledAt },
      // What is approved can be held, and no longer rejected.
      ...(notice.approval?.status === 'PENDING' && { approvalId: notice.approval.approvalId }),
    },
  }
  return {
    chat: chatText(chat, origin),
    id: `notice/${waveId}/${leadSeconds}`,
    subject: subject(
      stage,
      `In ${left}: ${schedule}, ${what}, ${scheduledAt.slice(0, 16).replace('T', ' ')} UTC`,
    ),
    text: text.join('\n\n'),
  }
}

function affected({ secrets, select, held }: Notice): string {
  const more = secrets.length - MOST_DESCRIBED
  return [
    'Who is affected: whoever logs in with',
    ...secrets.slice(0, MOST_DESCRIBED).map((secret) => `  ${oneLine(secret)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(secrets.length === 0 ? ['  nothing, as it stands'] : []),
    ...(select ? [`Chosen as it starts, by ${oneLine(formatSelector(select))}; this is as of now.`] : []),
    ...(held > 0 ? [`Not ${held} more, which ${held === 1 ? 'is' : 'are'} held.`] : []),
  ].join('\n')
}

function approvalLines({ approval }: Notice, stage: string): string[] {
  if (approval === undefined) return []
  const { approvalId, status, by } = approval
  if (status === 'APPROVED') return [`Approved by ${oneLine(by ?? 'somebody')}.`]
  return [
    [
      'It waits for a go-ahead; without one nothing rotates.',
      `Approve: ${commandFor(stage, 'approve', approvalId, ['--reason', 'TEXT'])}`,
      `Reject: ${commandFor(stage, 'reject', approvalId, ['--reason', 'TEXT'])}`,
    ].join('\n'),
  ]
}
