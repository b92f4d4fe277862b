import stringWidth from 'string-width'
import type { ConfigDiff } from '../diff/diff.ts'
import type { FieldChange } from '../diff/fields.ts'
import type { Permission } from '../diff/permissions.ts'
import type { ScheduleDiff } from '../diff/schedules.ts'
import { grouped } from '../model/counts.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { paint } from './colors.ts'
import type { Terminal } from './command.ts'
import type { Compared } from './diff-words.ts'
import * as words from './diff-words.ts'
import { indented } from './layout.ts'

type Style = Pick<Terminal, 'color' | 'columns'>

/** Of a list, so many are shown; a terminal is no place for a year of instants, and `--json` has them all. */
const FIRST = 3
const ITEMS = 10
/** Names of fields take so many columns: `changeCalendars` is the longest. */
const LABEL = 17

/** A comparison for people: what may hurt first, then each schedule, then the rest; nothing that stayed. */
export function asText({ base, head, found }: Compared, style: Style): string {
  const summary = [words.summaryOf(found), words.instantsSummary(found.schedules)].filter(Boolean).join('; ')
  const sections = [
    [
      ...hanging(`${base} → ${head}`, 4, style),
      ...indented(`${summary} (the year from ${iso(found.from).slice(0, 16)}Z)`, 0, style.columns),
    ],
    section('NO SCHEDULE ROTATES THESE ANY MORE', list(found.secrets.lost.map(words.secretText), style)),
    section(
      'RULES NOT KEPT: A DEPLOY IS REFUSED',
      found.broken.new.flatMap((it) => warningText(it, style)),
    ),
    section(
      'NEW WARNINGS',
      found.warnings.new.flatMap((it) => warningText(it, style)),
    ),
    ...found.schedules.map((it) => scheduleText(it, style)),
    section(
      'STAGE',
      found.stage.flatMap((it) => fieldText(it, 'changed', style)),
    ),
    section(
      'FREEZES',
      found.freezes.flatMap((it) => namedText(it, style)),
    ),
    section(
      'RULES',
      found.rules.flatMap((it) => namedText(it, style)),
    ),
    section('NEWLY UNDER ROTATION', list(found.secrets.gained.map(words.secretText), style)),
    section('PERMISSIONS', permissionsText(found.permissions, style)),
    section(
      'WARNINGS GONE',
      found.warnings.gone.flatMap((it) => warningText(it, style)),
    ),
    section(
      'RULES KEPT NOW, OR WAIVED',
      found.broken.gone.flatMap((it) => warningText(it, style)),
    ),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines]
}

const MARKS = { added: '+', removed: '-', renamed: '~', changed: '~' } as const
const COLORS = { added: 32, removed: 31, renamed: 33, changed: 33 } as const

function scheduleText(diff: ScheduleDiff, style: Style): string[] {
  const { name, change, was, before, after } = diff
  const instants = words.instantsSummary([diff])
  const what = was === undefined ? change : `renamed, was ${was}, where its history stays`
  const next = [words.firstOccurrenceText(before), words.firstOccurrenceText(after)]
  return [
    ...marked(change, `${name}: ${what}; ${instants ?? 'no rotation gained, lost or moved'}`, style),
    ...words.shownFields(diff).flatMap((it) => fieldText(it, diff.change, style)),
    ...(next[0] === next[1]
      ? []
      : valueText(
          'next',
          change === 'added' ? [] : next.slice(0, 1),
          change === 'removed' ? [] : next.slice(1),
          style,
        )),
    ...instantsText('lost', diff, style),
    ...instantsText('gained', diff, style),
    ...instantsText('moved', diff, style),
  ]
}

function fieldText(field: FieldChange, change: ScheduleDiff['change'], style: Style): string[] {
  const { before, after } = words.itemsOf(field)
  if (words.isValue(field)) {
    const none = change === 'changed' || change === 'renamed' ? ['none'] : []
    return valueText(field.field, before.length ? before : none, after.length ? after : none, style)
  }
  const { come, gone } = words.comeAndGone({ before, after })
  if (come.length + gone.length === 0)
    return valueText(field.field, [before.join(', ')], [after.join(', ')], style)
  const items = [...gone.map((item) => `- ${item}`), ...come.map((item) => `+ ${item}`)]
  const sign = change === 'added' || change === 'removed'
  return labelled(field.field, bounded(sign ? items.map((item) => item.slice(2)) : items, ITEMS), style)
}

/** On one line where there is room, and else one below the other. */
function valueText(label: string, before: string[], after: string[], style: Style): string[] {
  const [was, is] = [before[0], after[0]]
  if (was === undefined || is === undefined) return labelled(label, [...before, ...after], style)
  const line = `${was} → ${is}`
  if (4 + LABEL + stringWidth(line) <= style.columns) return labelled(label, [line], style)
  return labelled(label, [was, `→ ${is}`], style)
}

function labelled(label: string, items: string[], style: Style): string[] {
  const indent = ' '.repeat(4 + LABEL)
  const lines = items.flatMap((item) =>
    indented(oneLine(item), 0, style.columns - indent.length - 2).map((line, n) =>
      n === 0 ? line : `  ${line}`,
    ),
  )
  return lines.map((line, n) => (n === 0 ? `    ${label.padEnd(LABEL)}${line}` : indent + line))
}

function instantsText(kind: 'lost' | 'gained' | 'moved', diff: ScheduleDiff, style: Style): string[] {
  const all = diff[kind]
  if (all.length === 0) return []
  const [before, after] = words.zonesOf(diff)
  const first = all
    .slice(0, FIRST)
    .map((it) =>
      typeof it === 'number'
        ? words.instantText(it, kind === 'lost' ? before : after)
        : words.movedText(it, diff),
    )
  const more = all.length - first.length
  const why = kind === 'moved' ? [] : words.reasonsOf(kind, diff)
  return labelled(
    `${kind} ${grouped(all.length)}`,
    [...why, ...first, ...(more > 0 ? [`and ${grouped(more)} more`] : [])],
    style,
  )
}

function namedText({ name, change, fields }: ConfigDiff['freezes'][number], style: Style): string[] {
  return [
    ...marked(change, `${name}: ${change}`, style),
    ...fields.flatMap((it) => fieldText(it, change, style)),
  ]
}

function permissionsText(permissions: ConfigDiff['permissions'], style: Style): string[] {
  if ('unknown' in permissions) return hanging(`unknown: ${permissions.unknown}`, 4, style)
  const lines = (change: 'added' | 'removed', all: Permission[]) =>
    all.flatMap((it) => [
      ...marked(change, `${words.actionsText(it)} on`, style),
      ...list(it.resources.map(words.resourceText), style),
    ])
  return [...lines('added', permissions.gained), ...lines('removed', permissions.lost)]
}

function warningText(it: words.Said, style: Style): string[] {
  const { subject, message, name } = words.saidText(it)
  return [
    ...hanging(`${subject}: ${message}${name}`, 4, style),
    ...indented(`hint: ${oneLine(it.hint)}`, 4, style.columns),
  ]
}

function list(items: string[], { columns }: Style): string[] {
  return bounded(items, ITEMS).flatMap((item) => indented(oneLine(item), 4, columns))
}

function bounded(items: string[], most: number): string[] {
  const more = items.length - most
  return more > 1 ? [...items.slice(0, most), `and ${grouped(more)} more`] : items
}

/** A headline behind its mark: only the mark has a colour. */
function marked(change: keyof typeof MARKS, text: string, style: Style): string[] {
  const [first = '', ...rest] = hanging(`${MARKS[change]} ${text}`, 4, style)
  return [paint(COLORS[change], MARKS[change], style) + first.slice(1), ...rest]
}

/** A paragraph whose further lines stand in. */
function hanging(text: string, indent: number, { columns }: Style): string[] {
  const [first = '', ...rest] = indented(oneLine(text), 0, columns)
  return [first, ...(rest.length > 0 ? indented(rest.join(' '), indent, columns) : [])]
}
