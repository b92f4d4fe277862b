import type { NotifyKind } from '../config/config.ts'
import { commandFor } from '../model/pasteable.ts'
import { skippedAs } from '../model/reasons.ts'
import { namesOf, ON_DEMAND } from '../model/resource-names.ts'
import { SETTLED, type Status } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import { type WaveSummary, WORST_FIRST } from '../rotation/notification.ts'
import { type Chat, chatText, quoted } from './chat-text.ts'
import { formatInstant } from './format-instant.ts'
import { aboutText, logLink, type Message, type Origin, subject } from './message.ts'
import { MOST_DESCRIBED, outcomesChat, outcomesText } from './outcomes-text.ts'

const KINDS: readonly NotifyKind[] = ['failure', 'missed', 'approval', 'skipped', 'success']

/** As what people are notified of a wave's end. What was SKIPPED goes by its reason: src/model/reasons.ts. */
export function kindsOfWave({ outcomes, notable, unended = 0 }: WaveSummary): NotifyKind[] {
  const some = (...statuses: Status[]) => statuses.some((status) => (outcomes[status] ?? 0) > 0)
  const kinds = new Set<NotifyKind>(
    notable.flatMap(({ status, reason }) => (status === 'SKIPPED' ? skippedAs(reason) : [])),
  )
  // A success with a concern is for those who hear of failures.
  if (some('FAILED', 'TIMED_OUT') || unended > 0 || notable.some(({ concerns }) => concerns))
    kinds.add('failure')
  if (some('MISSED')) kinds.add('missed')
  if (some('SKIPPED')) kinds.add('skipped')
  if (some('SUCCEEDED')) kinds.add('success')
  return KINDS.filter((kind) => kinds.has(kind))
}

/** How a wave ended, in one text: what, when, why, what to do. `zone`: the schedule's. */
export function waveText(wave: WaveSummary, zone: string, origin: Origin): Message {
  const { stage, configVersion, region } = origin
  const { schedule, scheduledAt, waveId, notable, secrets } = wave
  const [only] = secrets === 1 ? notable : []
  const described = only
    ? [only]
    : notable.filter(({ status, concerns }) => status !== 'SUCCEEDED' || concerns)
  const title = only
    ? `${[only.status, ...(only.concerns ?? [])].join(', ')}: ${only.secretName} (${schedule})`
    : `${worst(wave)}: ${schedule}, ${countsText(wave)} of ${secrets}`
  const bad = described.filter(({ status }) => status !== 'SUCCEEDED')
  const left = only ? 0 : secrets - (wave.outcomes.SUCCEEDED ?? 0) - Math.min(bad.length, MOST_DESCRIBED)
  const more = `and ${left} more: ${allOf(wave, stage)}`
  const parts = [
    title,
    [
      `When: ${formatInstant(scheduledAt, zone)}`,
      `Started by: ${startedBy(wave)}`,
      `Stage ${stage}, config version ${configVersion}`,
    ].join('\n'),
    ...(described.length > 0 ? [outcomesText(described, stage)] : []),
    ...(left > 0 ? [more] : []),
    ...aboutText([schedule], origin),
    `Log: ${logLink(region, `/aws/lambda/${namesOf(stage).rotateFunction}`, only?.rotationId ?? schedule)}`,
  ]
  const about = outcomesChat(described, stage)
  const chat: Chat = {
    title,
    lines: [`${formatInstant(scheduledAt, zone)}, started by ${quoted(startedBy(wave))}`, ...about.lines],
    nextSteps: [...about.nextSteps, ...(left > 0 ? [`\`${allOf(wave, stage)}\``] : [])],
    ...{ schedules: [schedule], thread: waveId, eventType: 'Wave Ended' },
    secrets: described.map(({ secretName }) => secretName),
    context: { kind: 'wave', scheduledAt, ...(schedule !== ON_DEMAND && { schedule }) },
  }
  return {
    ...{ id: `wave/${waveId}`, subject: subject(stage, title), text: parts.join('\n\n') },
    chat: chatText(chat, origin),
  }
}

function allOf({ schedule, scheduledAt }: WaveSummary, stage: string): string {
  return commandFor(stage, 'history', ['--schedule', schedule], ['--since', scheduledAt.slice(0, 10)])
}

function worst({ outcomes, unended = 0 }: WaveSummary): string {
  const status = WORST_FIRST.find((it) => (outcomes[it] ?? 0) > 0)
  if (unended > 0 && status !== 'FAILED' && status !== 'TIMED_OUT') return 'NO OUTCOME YET'
  return status ?? 'ENDED'
}

function countsText({ outcomes, unended = 0 }: WaveSummary): string {
  const name = (status: Status) =>
    SETTLED.includes(status) ? status.toLowerCase().replace('_', ' ') : 'still under way'
  const counts = WORST_FIRST.filter((status) => outcomes[status]).map(
    (status) => `${outcomes[status]} ${name(status)}`,
  )
  return [...(unended > 0 ? [`${unended} without an outcome yet`] : []), ...counts].join(', ')
}

function startedBy({ trigger, notable }: WaveSummary): string {
  const { requester = 'somebody', requestReason, moved } = notable[0] ?? {}
  if (moved)
    return oneLine(
      `its schedule; ${requester} moved it here from ${moved.from}: ${requestReason ?? 'no reason given'}`,
    )
  switch (trigger) {
    case 'ON_DEMAND':
      return oneLine(`${requester}, on demand${requestReason === undefined ? '' : `: ${requestReason}`}`)
    case 'CATCH_UP':
      return 'the audit, which found that its schedule had not started it'
    default:
      return 'its schedule'
  }
}
