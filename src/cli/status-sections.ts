import { unknownDeliveryText } from '../audit/unknown-deliveries.ts'
import { formatDuration } from '../calendar/format.ts'
import { type Config, zoneOf } from '../config/config.ts'
import { type Caller, callerText } from '../model/caller.ts'
import { exceptionText, isMoved } from '../model/exception.ts'
import { handoverLine } from '../model/handover.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { adviceOn } from '../model/reasons.ts'
import { ON_DEMAND } from '../model/resource-names.ts'
import type { Rotation } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import { adoptionText } from '../report/adoption.ts'
import { awsFactsText } from '../report/aws-facts.ts'
import { objectiveText } from '../report/objective.ts'
import type { Standing, Wrong } from '../report/standing.ts'
import { paint } from './colors.ts'
import type { Terminal } from './command.ts'
import { localText } from './instants.ts'
import { columnsOf, indented, rowsOf } from './layout.ts'
import { paintedStatus } from './rotation-table.ts'

/** `brief`: one line each, for a screen that does not scroll. */
export type Style = Pick<Terminal, 'color' | 'columns'> & { brief?: boolean }

/** `stage`: as commands name it. `zone`: by whose clock all is shown; by default each schedule's own. */
export type View = {
  standing: Standing
  config: Config
  stage: StageOption
  zone?: string | undefined
  now: number
  style: Style
}

type Section = { title: string; lines: string[] }

/** Bad news first. A section without lines has nothing to say. */
export const SECTIONS: ((view: View) => Section)[] = [
  ...[
    notWatched,
    wentWrong,
    withoutRecord,
    overdue,
    agesNotKnown,
    notHandedOver,
    notFetched,
    stillBehind,
    laterThanObjective,
    underWay,
    waiting,
  ],
  ...[next, plannedOnDemand, movedByHand, exceptions],
  ...[zoneData, unknownDeliveries, holds, freezes, skipped, mended],
  awsFacts,
]

function notWatched({ standing: { unwatched }, style }: View): Section {
  const lines = unwatched ? [...paragraph(unwatched.message, 0, style), unwatched.command] : []
  return { title: 'NOT WATCHED', lines }
}

function wentWrong(view: View): Section {
  const open = view.standing.wrong.filter(({ mended }) => !mended)
  const lines = view.style.brief
    ? columnsOf(
        open.map((it) => cellsOf(it, view)),
        widthOf(view.style),
      )
    : open.flatMap((it) => wrongText(it, view))
  return { title: 'WENT WRONG in the last 24 h', lines }
}

function withoutRecord(view: View): Section {
  const rows = view.standing.unrecorded.map(({ at, schedule, secretName = 'its secrets', why }) => [
    ...[local(at, schedule, view), schedule, why ?? secretName],
  ])
  const about = aboutAll(view.standing.unrecorded, view)
  return {
    title: 'NO RECORD of what was due in the last 24 h',
    lines: [...columnsOf(rows, widthOf(view.style)), ...about],
  }
}

/** The audit looks at each secret once an hour: the title says how old the news is. */
function overdue(view: View): Section {
  const { ages } = view.standing
  const rows = ages.overdue.map(({ secretName, schedule, maxAgeMs, lastChange }) => [
    secretName,
    schedule,
    `last changed ${formatDuration(view.now - lastChange)} ago, maxAge ${formatDuration(maxAgeMs)}`,
  ])
  const seen = ages.lookedAt === undefined ? '' : `, as of ${formatDuration(view.now - ages.lookedAt)} ago`
  const more = ages.more === 0 ? [] : [`and ${ages.more} more`]
  return {
    title: `OVERDUE${seen}`,
    lines: [...columnsOf(rows, widthOf(view.style)), ...more, ...aboutAll(ages.overdue, view)],
  }
}

function agesNotKnown({ standing: { ages }, style }: View): Section {
  const lines = ages.unknown === undefined ? [] : paragraph(ages.unknown, 0, style)
  return { title: 'AGES that are not known', lines }
}

function notHandedOver(view: View): Section {
  const lines = view.standing.handovers.flatMap(({ rotationId, secretName, handover }) => {
    const text = `${secretName}: ${oneLine(handoverLine(handover) ?? '')}${oldLogin(rotationId, view)}`
    return view.style.brief
      ? columnsOf([[text]], widthOf(view.style))
      : [...paragraph(text, 0, view.style), commandFor(view.stage, 'undo', rotationId)]
  })
  return { title: 'NOT HANDED OVER to all who use it, in the last 24 h', lines }
}

/** As of when the audit judged it: `consumers` says how it is now. */
function notFetched(view: View): Section {
  const lines = view.standing.adoptions.flatMap(({ secretName, rotationId, adoption }) => {
    const text = `${secretName}: ${adoptionText(adoption)}${oldLogin(rotationId, view)}`
    return view.style.brief
      ? columnsOf([[text]], widthOf(view.style))
      : [...paragraph(text, 0, view.style), commandFor(view.stage, 'consumers', ['--secret', secretName])]
  })
  return { title: 'NOT SEEN TO BE FETCHED by all since it rotated, judged in the last 24 h', lines }
}

function stillBehind(view: View): Section {
  const lines = view.standing.behind.flatMap(({ secretName, message }) => {
    const text = `${secretName}: ${message}`
    return view.style.brief
      ? columnsOf([[text]], widthOf(view.style))
      : [...paragraph(text, 0, view.style), commandFor(view.stage, 'consumers', ['--secret', secretName])]
  })
  return { title: 'STILL BEHIND, and it rotates again within 12 h', lines }
}

function laterThanObjective(view: View): Section {
  const rows = view.standing.objectives.map((it) => [
    ...[local(it.scheduledAt, it.schedule, view), it.schedule, objectiveText(it)],
  ])
  return { title: 'LATER THAN THE OBJECTIVE in the last 24 h', lines: columnsOf(rows, widthOf(view.style)) }
}

function oldLogin(rotationId: string, { standing: { oldLogins } }: View): string {
  const text = oldLogins[rotationId]
  return text === undefined ? '' : `; the login of before: ${text}`
}

function underWay({ standing, now, style }: View): Section {
  const rows = standing.underWay.map(({ rotation, late }) => [
    paintedStatus(rotation.status, style),
    sinceText(rotation, now) + (late ? paint(31, ', too long', style) : ''),
    rotation.secretName,
    rotation.schedule,
    rotation.requester ?? '',
  ])
  return { title: 'UNDER WAY', lines: columnsOf(rows, widthOf(style)) }
}

function waiting(view: View): Section {
  const rows = view.standing.approvals.map(({ schedule, expiresAt }) => [
    ...[schedule, `until ${local(expiresAt, schedule, view)}`],
  ])
  const lines = withCommands(rows, view, (index) =>
    commandFor(view.stage, 'approve', view.standing.approvals[index]?.approvalId ?? ''),
  )
  return { title: 'WAITING FOR A GO-AHEAD', lines }
}

function next({ standing, zone, now, style }: View): Section {
  const rows = standing.next.map(({ schedule, at, frozen, held, skipped }) => [
    `in ${formatDuration(at - now)}`,
    localText(at, zone ?? schedule.timezone, now),
    schedule.name,
    cautions(
      [skipped && oneLine(exceptionText(skipped)), frozen && `frozen: ${frozen}`, held.length > 0 && 'held'],
      style,
    ),
  ])
  return { title: 'NEXT', lines: columnsOf(rows, widthOf(style)) }
}

function plannedOnDemand(view: View): Section {
  const planned = view.standing.planned.filter(({ movedFrom }) => movedFrom === undefined)
  return { title: 'PLANNED ON DEMAND', lines: plannedLines(planned, view) }
}

function movedByHand(view: View): Section {
  const moved = view.standing.planned.filter(({ movedFrom }) => movedFrom !== undefined)
  return { title: 'MOVED by hand, to come', lines: plannedLines(moved, view) }
}

function plannedLines(planned: Standing['planned'], view: View): string[] {
  const { zone, now, style } = view
  const rows = planned.map(
    ({ schedule, secrets, at, timezone, by = '', caller, frozen, held, problem, movedFrom, started }) => [
      at >= now ? `in ${formatDuration(at - now)}` : paint(33, `due ${formatDuration(now - at)} ago`, style),
      localText(at, zone ?? timezone, now),
      schedule === ON_DEMAND ? secrets.join(', ') : schedule,
      ...(movedFrom === undefined ? [] : [`from ${localText(Date.parse(movedFrom), zone ?? timezone, now)}`]),
      whose(by, caller),
      cautions(
        [
          frozen && `frozen: ${frozen}`,
          held.length > 0 && 'held',
          problem && 'cannot start',
          started && 'started',
        ],
        style,
      ),
    ],
  )
  return withCommands(rows, view, (index) => {
    const { requestId = '', started, schedule = '' } = planned[index] ?? {}
    // Too late to be taken back: a hold stops what has not rotated.
    return started && schedule !== ON_DEMAND
      ? commandFor(view.stage, 'hold', ['--schedule', schedule], ['--reason', 'TEXT'])
      : commandFor(view.stage, 'cancel', requestId)
  })
}

function zoneData({ standing: { moved }, style }: View): Section {
  const lines = moved.flatMap(({ schedule, message }) => [schedule, ...paragraph(message, 2, style)])
  return { title: 'ZONE DATA that disagree', lines }
}

function unknownDeliveries({ standing, style }: View): Section {
  const lines = standing.unknownDeliveries.flatMap((it) => [
    it.schedule,
    ...paragraph(unknownDeliveryText(it), 2, style),
  ])
  return { title: 'DELIVERED for an unknown instant in the last 24 h', lines }
}

function holds({ standing, zone, now, style }: View): Section {
  const lines = standing.holds.flatMap(({ id, scope, by, caller, placedAt, until, reason }) => [
    `${id}  ${scope}  until ${until === undefined ? 'released' : localText(Date.parse(until), zone ?? 'UTC', now)}`,
    ...paragraph(
      `${reason} (${whose(`${by}, ${formatDuration(now - Date.parse(placedAt))} ago`, caller)})`,
      2,
      style,
    ),
  ])
  return { title: 'HOLDS in force', lines }
}

function whose(by: string, caller: Caller | undefined): string {
  return caller === undefined ? by : `${by}; ${callerText(caller)}`
}

/** All there are: what is skipped may be further off than what comes next. */
function exceptions(view: View): Section {
  const found = view.standing.exceptions.filter((it) => !isMoved(it))
  const rows = found.map((it) => [
    ...[local(it.scheduledAt, it.schedule, view), it.schedule, oneLine(exceptionText(it))],
  ])
  const lines = withCommands(rows, view, (index) => commandFor(view.stage, 'cancel', found[index]?.id ?? ''))
  return { title: 'SKIPPED by hand, to come', lines }
}

function freezes({ standing, zone, now, style }: View): Section {
  const rows = standing.freezes.map(({ name, timezone, from, to, now: inForce, reason = '' }) => [
    inForce ? paint(33, 'now', style) : `in ${formatDuration(from - now)}`,
    name,
    `until ${localText(to, zone ?? timezone, now)}`,
    reason,
  ])
  return { title: 'FREEZES, now and in the next 60 days', lines: columnsOf(rows, widthOf(style)) }
}

function skipped(view: View): Section {
  const rows = view.standing.skipped.map(
    ({ scheduledAt, schedule, secretName, reason = '', message = '' }) => [
      ...[local(scheduledAt, schedule, view), secretName, reason, message],
    ],
  )
  return { title: 'SKIPPED in the last 24 h', lines: columnsOf(rows, widthOf(view.style)) }
}

/** Last, for nothing of it is wrong with the stage. */
function awsFacts({ standing: { awsFacts: it }, stage, style }: View): Section {
  const lines = awsFactsText(it, stage).flatMap(({ text, command }) => [
    ...paragraph(text, 0, style),
    ...(command === undefined || style.brief ? [] : [command]),
  ])
  return { title: 'ABOUT AWS', lines }
}

function mended(view: View): Section {
  const rows = view.standing.wrong.filter((it) => it.mended).map((it) => cellsOf(it, view))
  return { title: 'WENT WRONG, and has succeeded since', lines: columnsOf(rows, widthOf(view.style)) }
}

function cellsOf({ rotation }: Wrong, view: View): string[] {
  const { status, reason = '', secretName, schedule, scheduledAt } = rotation
  const outcome = `${paintedStatus(status, view.style)} ${reason}`.trimEnd()
  return [outcome, secretName, local(scheduledAt, schedule, view)]
}

function wrongText({ rotation }: Wrong, view: View): string[] {
  const { status, reason, message, rotationId, secretName, schedule, scheduledAt } = rotation
  const remedy = adviceOn(reason, { stage: view.stage, schedule, secret: rotation.secret })?.remedy
  const texts = [message, remedy && `What to do: ${remedy}`, aboutOf(schedule, view)]
  return [
    `${paintedStatus(status, view.style)}${reason === undefined ? '' : ` ${reason}`}  ${secretName}`,
    `  ${schedule}, due ${local(scheduledAt, schedule, view)}`,
    ...texts.flatMap((text) => (text ? paragraph(text, 2, view.style) : [])),
    `  ${commandFor(view.stage, 'show', rotationId)}`,
  ]
}

/** `owner payments, runbook https://…`; undefined where the config says neither. */
function aboutOf(schedule: string, { config }: View): string | undefined {
  const { owner, runbook } = config.schedules.find(({ name }) => name === schedule) ?? {}
  const said = [owner && `owner ${owner}`, runbook && `runbook ${runbook}`].filter(Boolean)
  return said.length === 0 ? undefined : said.join(', ')
}

/** Beneath a table: a line for each schedule in it that somebody answers for. */
function aboutAll(rows: { schedule: string }[], view: View): string[] {
  if (view.style.brief) return []
  return [...new Set(rows.map(({ schedule }) => schedule))].flatMap((schedule) => {
    const about = aboutOf(schedule, view)
    return about === undefined ? [] : paragraph(`${schedule}: ${about}`, 2, view.style)
  })
}

function sinceText({ status, startedAt, scheduledAt }: Rotation, now: number): string {
  const ahead = Date.parse(scheduledAt) - now
  if (status === 'CLAIMED' && ahead > 0) return `starts in ${formatDuration(ahead)}`
  return `for ${formatDuration(now - Date.parse(startedAt ?? scheduledAt))}`
}

/** Beneath each row a command of its own line, so that it is whole when it is copied; none where there is no room. */
function withCommands(rows: string[][], { style }: View, commandOf: (index: number) => string): string[] {
  return rowsOf(rows, widthOf(style)).flatMap((lines, index) => [
    ...lines,
    ...(style.brief ? [] : [`  ${commandOf(index)}`]),
  ])
}

/** What stands in the way of one that comes. */
function cautions(words: (string | false | undefined)[], style: Style): string {
  return words
    .filter((it) => it !== false && it !== undefined)
    .map((it) => paint(33, it, style))
    .join(', ')
}

/** Of a row. Where each has one line, the screen cuts it. */
function widthOf({ columns, brief }: Style): number {
  return brief ? Number.POSITIVE_INFINITY : columns - 2
}

/** The section itself stands in by two. */
function paragraph(text: string, indent: number, { columns }: Style): string[] {
  return indented(text, indent, columns - 2)
}

/** By the clock of its schedule. `at`: epoch ms, or ISO. */
function local(at: number | string, schedule: string, { config, zone, now }: View): string {
  return localText(typeof at === 'string' ? Date.parse(at) : at, zone ?? zoneOf(schedule, config), now)
}
