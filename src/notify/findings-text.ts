import type { NotifyKind } from '../config/config.ts'
import type { Finding } from '../model/finding.ts'
import { waveIdOf } from '../model/identity.ts'
import type { LogLine } from '../model/log-lines.ts'
import { commandFor, filledIn, type Known } from '../model/pasteable.ts'
import { REASONS } from '../model/reasons.ts'
import { namesOf, ON_DEMAND } from '../model/resource-names.ts'
import type { Rotation } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import { type Chat, chatText, quoted } from './chat-text.ts'
import { formatInstant } from './format-instant.ts'
import { aboutText, logLink, type Message, type Origin, subject } from './message.ts'
import { MOST_DESCRIBED, outcomesChat, outcomesText } from './outcomes-text.ts'

/** What each finding is called, as what people are notified of it, and what to do where no outcome says so. */
const TEXTS: Record<Finding['kind'], { words: string; notifyAs?: NotifyKind; remedy?: string }> = {
  // People are notified of the wave that it starts.
  CAUGHT_UP: { words: 'caught up' },
  LATE_DELIVERY: {
    words: 'not started yet',
    notifyAs: 'missed',
    remedy: 'Start it while its window is open: `npx aws-tourbillon run --stage STAGE --schedule SCHEDULE`',
  },
  MISSED: { words: 'missed', notifyAs: 'missed' },
  LOST_RUN: { words: 'lost run', notifyAs: 'failure' },
  LATE_SUCCESS: {
    words: 'succeeded late',
    notifyAs: 'failure',
    remedy: 'Nothing: what had failed has succeeded.',
  },
  OVERDUE: {
    words: 'overdue',
    notifyAs: 'overdue',
    remedy:
      'See why it has not rotated (`npx aws-tourbillon history --stage STAGE --secret SECRET`), then rotate it: `npx aws-tourbillon run --stage STAGE --secret SECRET`',
  },
  NATIVE_FIRST: {
    words: 'native rotation first',
    notifyAs: 'overdue',
    remedy:
      'Make the secret’s own rotation interval longer than the schedule’s longest gap, or take it away.',
  },
  UNKNOWN_DELIVERY: {
    words: 'delivered for an unknown instant',
    notifyAs: 'missed',
    remedy:
      'Compare our zone data with the newest (node_modules/aws-tourbillon/docs/calendar.md, "Zone data"): `npx aws-tourbillon validate --stage STAGE`. After a deploy that changed the schedule’s times, nothing.',
  },
  NOTHING_MATCHED: {
    words: 'nothing matched',
    notifyAs: 'failure',
    remedy: REASONS.NOTHING_MATCHED.remedy,
  },
  SECRETS_NOT_LISTED: {
    words: 'secrets not listed',
    notifyAs: 'failure',
    remedy: REASONS.SECRETS_NOT_LISTED.remedy,
  },
  NOT_FETCHED: {
    words: 'not fetched',
    notifyAs: 'overdue',
    remedy:
      'Have it read the secret again before the next rotation (a restart does), and see who has since: `npx aws-tourbillon consumers --stage STAGE --secret SECRET`',
  },
  ADOPTION_UNKNOWN: {
    words: 'not known who has fetched',
    notifyAs: 'overdue',
    remedy:
      'See that a CloudTrail trail records read events (node_modules/aws-tourbillon/docs/handover.md), and who is known: `npx aws-tourbillon consumers --stage STAGE --secret SECRET`',
  },
  HANDOVER: {
    words: 'not handed over',
    notifyAs: 'failure',
    remedy:
      'Deploy or restart those that are named: the secret has rotated, and they may still have the old value. When, and what was seen: `npx aws-tourbillon history --stage STAGE --secret SECRET`',
  },
  OBJECTIVE_MISSED: {
    words: 'later than the objective',
    notifyAs: 'missed',
    remedy:
      'See what came late: `concurrency`, a late delivery, AWS’s answers (`npx aws-tourbillon history --stage STAGE --schedule SCHEDULE`). The report has the figures.',
  },
  STILL_BEHIND: {
    words: 'still behind',
    notifyAs: 'overdue',
    remedy:
      'Have those that are named take the new value before then, or leave the occurrence out: `npx aws-tourbillon consumers --stage STAGE --secret SECRET`',
  },
  UNACCOUNTED: {
    words: 'unaccounted for',
    notifyAs: 'missed',
    remedy:
      'See what became of it (`npx aws-tourbillon history --stage STAGE --schedule SCHEDULE`), and rotate on demand what should have: `npx aws-tourbillon run --stage STAGE --schedule SCHEDULE`',
  },
  NOT_AUDITED: {
    words: 'not audited',
    notifyAs: 'missed',
    remedy: 'See why the audit did not run: its log.',
  },
}

/** As what people are notified of a finding; undefined where it is for programs only. */
export function notifyKindOf({ kind, schedule }: Finding): NotifyKind | undefined {
  // After a change of a schedule: whoever deployed it knows.
  if (kind === 'NOT_AUDITED' && schedule !== undefined) return undefined
  return TEXTS[kind].notifyAs
}

/** What to do, with what is known of in its commands; undefined where an outcome says so. */
export function remedyOf(kind: Finding['kind'], known: Known): string | undefined {
  const { remedy } = TEXTS[kind]
  return remedy && filledIn(remedy, known)
}

/** What one audit found, in one text. `records`: of the findings that are about a rotation, by its id. */
export function findingsText(
  findings: Finding[],
  records: Map<string, Rotation>,
  zoneOf: (schedule: string) => string,
  origin: Origin,
): Message {
  const { stage, configVersion, region } = origin
  const title = `Audit: ${countsText(findings)}`
  const rotations = findings.flatMap(({ rotationId }) => records.get(rotationId ?? '') ?? [])
  const others = findings.filter(({ rotationId }) => !records.has(rotationId ?? ''))
  const described = others.slice(0, MOST_DESCRIBED)
  const left = findings.length - described.length - Math.min(rotations.length, MOST_DESCRIBED)
  const occasion = ({ schedule, scheduledAt }: { schedule: string; scheduledAt: string }) =>
    `${schedule} of ${formatInstant(scheduledAt, zoneOf(schedule))}`
  const parts = [
    title,
    `Stage ${stage}, config version ${configVersion}`,
    ...(rotations.length > 0 ? [outcomesText(rotations, stage, occasion)] : []),
    ...described.map((finding) => sentence(finding, stage)),
    ...(left > 0 ? [`and ${left} more: ${commandFor(stage, 'status')}`] : []),
    ...aboutText(
      findings.flatMap(({ schedule }) => schedule ?? []),
      origin,
    ).slice(0, MOST_DESCRIBED),
    `Log: ${logLink(region, `/aws/lambda/${namesOf(stage).auditFunction}`, 'found' satisfies LogLine)}`,
  ]
  const id = `audit/${findings[0]?.kind}/${findings[0]?.key}/${findings.length}`
  const about = outcomesChat(rotations, stage)
  const [only] = findings.length === 1 ? rotations : []
  const chat: Chat = {
    title,
    lines: [
      ...about.lines,
      ...described.map(({ kind, message }) => `${TEXTS[kind].words}: ${quoted(message)}`),
    ],
    nextSteps: [
      ...about.nextSteps,
      ...described.flatMap(
        ({ kind, schedule = '', secret }) => remedyOf(kind, { stage, schedule, secret }) ?? [],
      ),
      ...(left > 0 ? [`and ${left} more: \`${commandFor(stage, 'status')}\``] : []),
    ],
    schedules: findings.flatMap(({ schedule }) => schedule ?? []),
    thread: only ? waveIdOf({ name: only.schedule, occasion: only.scheduledAt }) : 'audit',
    eventType: 'Audit Finding',
    secrets: findings.flatMap(({ secret }) => secret ?? []),
    context: {
      kind: 'audit',
      ...(only && { scheduledAt: only.scheduledAt }),
      ...(only && only.schedule !== ON_DEMAND && { schedule: only.schedule }),
    },
  }
  return { id, subject: subject(stage, title), text: parts.join('\n\n'), chat: chatText(chat, origin) }
}

function countsText(findings: Finding[]): string {
  const counts = new Map<string, number>()
  for (const { kind } of findings) counts.set(TEXTS[kind].words, (counts.get(TEXTS[kind].words) ?? 0) + 1)
  return [...counts].map(([words, count]) => `${count} ${words}`).join(', ')
}

function sentence({ kind, message, secret, schedule = '' }: Finding, stage: string): string {
  const { words } = TEXTS[kind]
  const about = secret === undefined ? schedule : secret
  const todo = remedyOf(kind, { stage, schedule, secret })
  return [
    `${words.toUpperCase()}${about === '' ? '' : ` ${about}`}`,
    `Seen: ${oneLine(message)}`,
    ...(todo === undefined ? [] : [`What to do: ${todo}`]),
  ].join('\n')
}
