import { formatDuration } from '../calendar/format.ts'
import type { Freeze } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import { arnOf, type Caller } from '../model/caller.ts'
import type { Exception } from '../model/exception.ts'
import { handoverLine, isUnwell } from '../model/handover.ts'
import { secretKeyOf } from '../model/identity.ts'
import { isIntended } from '../model/reasons.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { formatSelector } from '../model/selector.ts'
import { iso } from '../model/time.ts'
import { adoptionText } from './adoption.ts'
import { noRecordText } from './csv.ts'
import { bad, type Cell, type Listed, listOf, minute, type Section, seconds } from './document.ts'
import type { Line } from './evidence.ts'
import { durationText } from './figures.ts'
import type { Placement } from './holds.ts'
import { isAlternating } from './old-login.ts'
import type { SecretSummary, Summary } from './summary.ts'

export function notKeptSection(notKept: Listed<Line>): Section {
  return {
    title: 'Not kept',
    ...listOf(
      notKept,
      linesTable(notKept.items),
      'Nothing: every rotation that was due and not left out by rule was kept.',
    ),
  }
}

export function leftOutSection(leftOut: Listed<Line>): Section {
  return { title: 'Left out by rule', ...listOf(leftOut, linesTable(leftOut.items), 'None.') }
}

function linesTable(lines: Line[]) {
  const rows = [...lines]
    .sort((a, b) => (dueAt(a) < dueAt(b) ? -1 : 1))
    .map((line): Cell[] => {
      if ('unrecorded' in line) {
        const { schedule, secretName } = line.unrecorded
        const secret = secretName ?? 'chosen by its selector'
        return [seconds(dueAt(line)), secret, schedule, bad('NO RECORD'), noRecordText(line.unrecorded)]
      }
      const { rotation: it } = line
      return [seconds(dueAt(line)), it.secretName, it.schedule, statusCell(it), observed(it)]
    })
  return { header: ['Due (UTC)', 'Secret', 'Schedule', 'Outcome', 'What was observed'], instants: [0], rows }
}

/** Nothing where there is none: a report of a stage without retries does not tell of them. */
export function byRetrySection(byRetry: Listed<Line>): Section[] {
  if (byRetry.count === 0) return []
  return [{ title: 'Kept by a retry', ...listOf(byRetry, linesTable(byRetry.items), 'None.') }]
}

/** Nothing where none did. */
export function pastObjectiveSection(late: Listed<Rotation>): Section[] {
  if (late.count === 0) return []
  const rows = late.items.map((it): Cell[] => [
    ...[seconds(it.scheduledAt), it.secretName, it.schedule],
    formatDuration((it.limits?.objectiveSkewSeconds ?? 0) * 1_000),
    bad(durationText(it.skewMs)),
    statusCell(it),
  ])
  const header = ['Due (UTC)', 'Secret', 'Schedule', 'Objective', 'Began after', 'Outcome']
  return [{ title: 'Later than the objective', ...listOf(late, { header, instants: [0], rows }, 'None.') }]
}

/** Nothing where nobody is refreshed. */
export function handoversSection(
  handovers: Listed<Rotation>,
  of: SecretSummary[],
  config: Config,
): Section[] {
  if (handovers.count === 0) return []
  const rows = handovers.items.map((it): Cell[] => {
    const { rotatedAt = '', secretName, schedule, handover } = it
    const text = handoverLine(handover) ?? '–'
    const cell = isUnwell(handover) ? bad(text) : text
    return [seconds(rotatedAt), secretName, schedule, cell, oldLoginCell(it, of, config)]
  })
  const header = ['Rotated (UTC)', 'Secret', 'Schedule', 'Consumers', OLD_LOGIN]
  return [{ title: 'Handed over', ...listOf(handovers, { header, instants: [0], rows }, 'None.') }]
}

/** Nothing where no schedule asks. */
export function adoptionsSection(
  adoptions: Listed<Rotation>,
  of: SecretSummary[],
  config: Config,
): Section[] {
  if (adoptions.count === 0) return []
  const rows = adoptions.items.map((it): Cell[] => {
    const { rotatedAt = '', secretName, schedule, adoption } = it
    const isWell = adoption !== undefined && !adoption.unknown && adoption.known === adoption.fetched
    const text = adoption === undefined ? '–' : adoptionText(adoption)
    const cell = isWell ? text : bad(text)
    return [seconds(rotatedAt), secretName, schedule, cell, oldLoginCell(it, of, config)]
  })
  const header = ['Rotated (UTC)', 'Secret', 'Schedule', 'Who has fetched since, by CloudTrail', OLD_LOGIN]
  return [{ title: 'Fetched since', ...listOf(adoptions, { header, instants: [0], rows }, 'None.') }]
}

const OLD_LOGIN = 'The login of before'

/** By the config of now, where the record does not say it. */
function oldLoginCell(rotation: Rotation, summaries: SecretSummary[], { schedules }: Config): string {
  const { secretName, rotatedAt, trigger } = rotation
  if (rotatedAt === undefined || trigger === 'EXTERNAL') return '–'
  if (!isAlternating(rotation, schedules)) return 'dead since setSecret'
  const { lastChange = 0 } = summaries.find((it) => it.secretName === secretName) ?? {}
  const isOver = lastChange > Date.parse(rotatedAt)
  return `until setSecret of the next rotation${isOver ? ', which has been' : ''}`
}

export function onDemandSection(onDemand: Listed<Rotation>): Section {
  const rows = onDemand.items.map((it): Cell[] => [
    seconds(it.scheduledAt),
    it.secretName,
    statusCell(it),
    it.requester ?? '–',
    proved(it.caller),
    it.requestReason ?? { text: 'none given', tone: 'bad' },
    it.override === undefined ? '–' : bad(it.override),
    secondPerson(it),
  ])
  return {
    title: 'Rotations on demand',
    ...listOf(
      onDemand,
      {
        header: [
          'For (UTC)',
          'Secret',
          'Outcome',
          'Asked by',
          'Proved',
          'Why',
          'Freezes and holds overridden',
          'Approved by',
        ],
        instants: [0],
        rows,
      },
      'None.',
    ),
  }
}

/** Who it was, as STS has said. */
function proved(caller: Caller | undefined): string {
  return arnOf(caller) ?? 'a claim'
}

/** Who let it go ahead, where somebody else had to; or why nobody was asked. */
function secondPerson({ approval, overrideApproval }: Rotation): Cell {
  if (overrideApproval !== undefined) return bad(`overridden: ${overrideApproval}`)
  return approval ? (arnOf(approval.caller) ?? approval.by) : '–'
}

export function holdsSection(holds: Placement[]): Section {
  const rows = holds.map((it): Cell[] => [
    it.scope,
    minute(it.from),
    it.to === undefined ? bad('in force') : minute(it.to),
    it.by,
    it.caller ? proved(it.caller) : '–',
    it.releasedBy ?? '–',
    it.releaser ? proved(it.releaser) : '–',
    it.reason,
  ])
  const header = ['Held', 'From (UTC)', 'To (UTC)', 'By', 'Proved', 'Released by', 'Proved', 'Why']
  return {
    title: 'Holds',
    ...listOf({ items: rows, count: rows.length }, { header, instants: [1, 2], rows }, 'None.'),
  }
}

/** What people have decided of single occurrences of the period, without a deploy. */
export function byHandSection(exceptions: Exception[]): Section {
  const rows = exceptions.map((it): Cell[] => [
    minute(it.scheduledAt),
    it.schedule,
    it.movedTo === undefined ? 'skipped' : `moved to ${minute(it.movedTo)}`,
    it.by,
    proved(it.caller),
    it.reason,
    it.cancelledAt === undefined ? '–' : `at ${minute(it.cancelledAt)} by ${it.cancelledBy ?? 'somebody'}`,
    it.canceller ? proved(it.canceller) : '–',
  ])
  const header = ['Of (UTC)', 'Schedule', 'What', 'By', 'Proved', 'Why', 'Taken back', 'Proved']
  return {
    title: 'Skipped or moved by hand',
    ...listOf({ items: rows, count: rows.length }, { header, instants: [0], rows }, 'None.'),
  }
}

function statusCell(rotation: Rotation): Cell {
  const { status, reason, late } = rotation
  const text = [status, reason, late && 'late'].filter(Boolean).join(' ')
  const isWrong = SETTLED.includes(status) && status !== 'SUCCEEDED' && !isIntended(rotation)
  return late || isWrong ? bad(text) : text
}

function observed({ message, requestReason, override, rotatedAt, status, moved }: Rotation): string {
  const changed =
    status !== 'SUCCEEDED' && rotatedAt !== undefined ? `the secret did change, at ${seconds(rotatedAt)}` : ''
  const from = moved && `moved here from ${seconds(moved.from)}`
  return [message, from, requestReason, override, changed].filter(Boolean).join('; ') || '–'
}

function dueAt(line: Line): string {
  return 'rotation' in line ? line.rotation.scheduledAt : iso(line.unrecorded.at)
}

/** Who answers for a schedule, and what it is for: a column where any says so. */
const ABOUT: [header: string, field: 'owner' | 'description' | 'runbook'][] = [
  ['Owner', 'owner'],
  ['What for', 'description'],
  ['Runbook', 'runbook'],
]

export function policySection({ schedules, version }: Config): Section {
  const about = ABOUT.filter(([, field]) => schedules.some((it) => it[field] !== undefined))
  const rows = schedules.map((it): Cell[] => [
    it.enabled ? it.name : { text: `${it.name} (disabled)`, tone: 'quiet' },
    it.when,
    it.timezone,
    formatDuration(it.windowSeconds * 1_000),
    it.maxAgeSeconds === undefined ? '–' : formatDuration(it.maxAgeSeconds * 1_000),
    secretsText(it),
    it.ignoreFreezes.map(({ name, reason }) => `${name}: ${reason}`).join('; ') || '–',
    ...about.map(([, field]) => it[field] ?? '–'),
  ])
  return {
    title: 'The policy',
    paragraphs: [
      `Config ${version}. Window: how long after its instant a rotation may still start. maxAge: a value that is older is overdue.`,
    ],
    table: {
      header: [
        ...['Schedule', 'When', 'Zone', 'Window', 'maxAge', 'Secrets', 'Rotates through freezes'],
        ...about.map(([header]) => header),
      ],
      rows,
    },
  }
}

export function freezesSection(freezes: Freeze[]): Section {
  const rows = freezes.map((it): Cell[] => [
    it.name,
    `${it.from} to ${it.to}${it.yearly ? ', every year' : ''}`,
    it.timezone,
    it.reason ?? '–',
  ])
  const header = ['Freeze', 'From, to (end excluded)', 'Zone', 'Why']
  return { title: 'Freezes', ...listOf({ items: rows, count: rows.length }, { header, rows }, 'None.') }
}

export function versionsSection({ versions }: Summary, config: Config): Section {
  const rows = versions.map((it): Cell[] => [
    it.version === config.version ? `${it.version} (the one above)` : it.version,
    `${it.rotations}`,
    seconds(it.first),
    seconds(it.last),
  ])
  const header = ['Config', 'Rotations', 'First, due (UTC)', 'Last, due (UTC)']
  return {
    title: 'Config versions that rotations ran under',
    ...listOf(
      { items: rows, count: rows.length },
      { header, figures: [1], instants: [2, 3], rows },
      'No rotation was recorded.',
    ),
  }
}

function secretsText({ secrets, select, place }: Schedule): string {
  if (!select) return secrets.map((secret) => secretKeyOf(secret, place)).join(', ')
  return `those with ${formatSelector(select)}`
}
