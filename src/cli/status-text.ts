import { stripVTControlCharacters } from 'node:util'
import { unknownDeliveryText } from '../audit/unknown-deliveries.ts'
import { formatDuration } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { OURS } from '../calendar/zone-difference.ts'
import type { Config } from '../config/config.ts'
import { zoneOf } from '../config/zone-of.ts'
import { adviceOn } from '../model/reasons.ts'
import { ON_DEMAND } from '../model/resource-names.ts'
import type { Rotation } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import type { Ages } from '../report/overdue.ts'
import { isInOrder, type Standing, type Wrong } from '../report/standing.ts'
import type { Terminal } from './command.ts'
import { dayText } from './day-text.ts'
import { paint } from './rotation-table.ts'
import { columnsOf } from './table.ts'
import { indented } from './wrap.ts'

/** `brief`: one line each, for a screen that does not scroll. */
type Style = Pick<Terminal, 'color' | 'columns'> & { brief?: boolean }

/** A stage's standing for people: bad news first, and no section that has nothing to say. */
export function statusText(standing: Standing, config: Config, now: number, style: Style): string {
  const local = (at: number | string, schedule: string) =>
    localText(Date.parse(iso(at)), zoneOf(schedule, config), now)
  const { unwatched, wrong, underWay, skipped, unrecorded, approvals, holds, freezes, ages } = standing
  const open = wrong.filter(({ mended }) => !mended)
  const mended = wrong.filter(({ mended }) => mended)
  const sections: [title: string, lines: string[]][] = [
    [
      'NOT WATCHED',
      unwatched === undefined
        ? []
        : [...indented(unwatched.message, 0, style.columns - 2), unwatched.command],
    ],
    [
      'WENT WRONG in the last 24 h',
      style.brief
        ? columnsOf(open.map((it) => lineOf(it, local, style)))
        : open.flatMap((it) => wrongText(it, local, style)),
    ],
    [
      'NO RECORD of what was due in the last 24 h',
      columnsOf(
        unrecorded.map(({ at, schedule, secretName = 'its secrets', why }) => [
          local(at, schedule),
          schedule,
          why ?? secretName,
        ]),
      ),
    ],
    [
      `OVERDUE${lookedText(ages, now)}`,
      [
        ...columnsOf(
          ages.overdue.map(({ secretName, schedule, maxAgeMs, lastChange }) => [
            secretName,
            schedule,
            `last changed ${formatDuration(now - lastChange)} ago, maxAge ${formatDuration(maxAgeMs)}`,
          ]),
        ),
        ...(ages.more === 0 ? [] : [`and ${ages.more} more`]),
      ],
    ],
    [
      'AGES that are not known',
      ages.unknown === undefined ? [] : indented(ages.unknown, 0, style.columns - 2),
    ],
    [
      'UNDER WAY',
      columnsOf(
        underWay.map(({ rotation, late }) => [
          paint(rotation.status, style),
          underWayText(rotation, now) + (late ? red(', too long', style) : ''),
          rotation.secretName,
          rotation.schedule,
          rotation.requester ?? '',
        ]),
      ),
    ],
    [
      'WAITING FOR A GO-AHEAD',
      columnsOf(
        approvals.map(({ schedule, approvalId, expiresAt }) => [
          schedule,
          `until ${local(expiresAt, schedule)}`,
          `tourbillon approve ${approvalId}`,
        ]),
      ),
    ],
    ['NEXT', nextText(standing, now, style)],
    ['PLANNED ON DEMAND', plannedText(standing, config, now, style)],
    [
      'ZONE DATA that disagree',
      standing.moved.flatMap(({ schedule, message }) => [
        schedule,
        ...indented(message, 2, style.columns - 2),
      ]),
    ],
    [
      'DELIVERED for an unknown instant in the last 24 h',
      standing.unknownDeliveries.flatMap((it) => [
        it.schedule,
        ...indented(unknownDeliveryText(it), 2, style.columns - 2),
      ]),
    ],
    [
      'HOLDS in force',
      holds.flatMap(({ id, scope, by, placedAt, until, reason }) => [
        `${id}  ${scope}  until ${until === undefined ? 'released' : localText(Date.parse(until), 'UTC', now)}`,
        ...indented(
          `${reason} (${by}, ${formatDuration(now - Date.parse(placedAt))} ago)`,
          2,
          style.columns - 2,
        ),
      ]),
    ],
    [
      'FREEZES, now and in the next 60 days',
      columnsOf(
        freezes.map(({ name, timezone, from, to, now: inForce, reason = '' }) => [
          inForce ? yellow('now', style) : `in ${formatDuration(from - now)}`,
          name,
          `until ${localText(to, timezone, now)}`,
          reason,
        ]),
      ),
    ],
    [
      'SKIPPED in the last 24 h',
      columnsOf(
        skipped.map((it) => [
          local(it.scheduledAt, it.schedule),
          it.secretName,
          it.reason ?? '',
          it.message ?? '',
        ]),
      ),
    ],
    ['WENT WRONG, and has succeeded since', columnsOf(mended.map((it) => lineOf(it, local, style)))],
  ]
  return [
    headline(standing, config, now, style),
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .map(([title, lines]) =>
        [bold(title, style), ...lines.map((line) => cut(`  ${line}`, style.columns))].join('\n'),
      ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

/** How old the news is: the audit looks at each secret once an hour. */
function lookedText({ lookedAt }: Ages, now: number): string {
  return lookedAt === undefined ? '' : `, as of ${formatDuration(now - lookedAt)} ago`
}

function headline(standing: Standing, { stage, version }: Config, now: number, style: Style): string {
  const { wrong, underWay, unrecorded, ages } = standing
  const counts: [number, string][] = [
    [wrong.filter(({ mended }) => !mended).length, 'went wrong'],
    [unrecorded.length, 'without a record'],
    [underWay.filter(({ late }) => late).length, 'under way for too long'],
    [ages.overdue.length + ages.more, 'overdue'],
  ]
  const counted = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const news = [
    ...(standing.unwatched === undefined ? [] : ['not watched']),
    ...counted,
    ...(ages.unknown === undefined ? [] : ['ages not known']),
  ]
  const verdict = isInOrder(standing)
    ? style.color
      ? '\u001b[32min order\u001b[0m'
      : 'in order'
    : red(news.join(', '), style)
  const time = dayText(Math.floor(now / 1_000) * 1_000, { year: false })
  return `${bold(stage, style)}  ${time} UTC, config ${version}, zone data ${OURS.release}\n${verdict}`
}

function lineOf(
  { rotation: { status, reason = '', secretName, schedule, scheduledAt } }: Wrong,
  local: (at: string, schedule: string) => string,
  { color }: Style,
): string[] {
  return [`${paint(status, { color })} ${reason}`.trimEnd(), secretName, local(scheduledAt, schedule)]
}

function wrongText(
  { rotation }: Wrong,
  local: (at: string, schedule: string) => string,
  { color, columns }: Style,
): string[] {
  const { status, reason, message, rotationId, secretName, schedule, scheduledAt } = rotation
  const remedy = adviceOn(reason)?.remedy
  const texts = [message, remedy && `What to do: ${remedy}`, `tourbillon show ${rotationId}`]
  return [
    `${paint(status, { color })}${reason === undefined ? '' : ` ${reason}`}  ${secretName}`,
    `  ${schedule}, due ${local(scheduledAt, schedule)}`,
    // Two for the section, two for this rotation.
    ...texts.flatMap((text) => (text ? indented(text, 2, columns - 2) : [])),
  ]
}

function underWayText({ status, startedAt, scheduledAt }: Rotation, now: number): string {
  const ahead = Date.parse(scheduledAt) - now
  if (status === 'CLAIMED' && ahead > 0) return `starts in ${formatDuration(ahead)}`
  return `for ${formatDuration(now - Date.parse(startedAt ?? scheduledAt))}`
}

function nextText({ next }: Standing, now: number, style: Style): string[] {
  return columnsOf(
    next.map(({ schedule, at, frozen, held }) => [
      `in ${formatDuration(at - now)}`,
      localText(at, schedule.timezone, now),
      schedule.name,
      [frozen && `frozen: ${frozen}`, held.length > 0 && 'held']
        .filter((it) => it !== false && it !== undefined)
        .map((it) => yellow(it, style))
        .join(', '),
    ]),
  )
}

function plannedText({ planned }: Standing, { stage }: Config, now: number, style: Style): string[] {
  const lines = columnsOf(
    planned.map(({ schedule, secrets, at, timezone, by = '', frozen, held, problem }) => [
      at >= now ? `in ${formatDuration(at - now)}` : yellow(`due ${formatDuration(now - at)} ago`, style),
      localText(at, timezone, now),
      schedule === ON_DEMAND ? secrets.join(', ') : schedule,
      oneLine(by),
      [frozen && `frozen: ${frozen}`, held.length > 0 && 'held', problem && 'cannot start']
        .filter((it) => it !== false && it !== undefined)
        .map((it) => yellow(it, style))
        .join(', '),
    ]),
  )
  // A line of its own, so that it is whole when it is copied.
  return lines.flatMap((line, index) => [
    line,
    ...(style.brief ? [] : [`  tourbillon cancel --stage ${stage} ${planned[index]?.requestId}`]),
  ])
}

function localText(at: number, timezone: string, now: number): string {
  const local = at + wallClock(timezone).offsetAt(at)
  const year = new Date(local).getUTCFullYear() !== new Date(now).getUTCFullYear()
  return `${dayText(Math.floor(local / 1_000) * 1_000, { year })} ${timezone}`
}

function iso(instant: number | string): string {
  return new Date(instant).toISOString()
}

/** A line that would wrap is cut, unless it carries colours: those are short. */
function cut(line: string, columns: number): string {
  const plain = [...stripVTControlCharacters(line)]
  return plain.length <= columns || plain.length !== [...line].length
    ? line
    : `${plain.slice(0, columns - 1).join('')}…`
}

function bold(text: string, { color }: Style): string {
  return color ? `\u001b[1m${text}\u001b[0m` : text
}

function red(text: string, { color }: Style): string {
  return color ? `\u001b[31m${text}\u001b[0m` : text
}

function yellow(text: string, { color }: Style): string {
  return color ? `\u001b[33m${text}\u001b[0m` : text
}
