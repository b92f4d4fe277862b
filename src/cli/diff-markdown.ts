import type { FieldChange } from '../diff/fields.ts'
import type { ScheduleDiff } from '../diff/schedules.ts'
import { grouped } from '../model/counts.ts'
import { capital, codeSpan } from '../model/text.ts'
import { iso } from '../model/time.ts'
import type { Compared } from './diff-words.ts'
import * as words from './diff-words.ts'

/** GitHub refuses a comment of more than 65,536 characters: the rest is room for what a bot adds around it. */
const MOST = 60_000
/** Of each list, so many are shown. */
const FIRST = 5
const ITEMS = 10
const ROWS = 50

/** What is shown whole or not at all; `what` it is, where there is no room for it. */
type Block = { what: string; text: string }

/**
 * A comparison for a pull request's comment: what may hurt, a table of schedules, then each in details: opened, and
 * before the rest, where they are few. What people wrote stands in code spans, where nothing is markup and nobody is
 * mentioned. What does not fit is named.
 */
export function asMarkdown({ base, head, found }: Compared): string {
  const { schedules, stage, freezes, rules, secrets, permissions, warnings, broken } = found
  const summary = [words.summaryOf(found), words.instantsSummary(schedules)].filter(Boolean).join('; ')
  const year = `${iso(found.from).slice(0, 16)}Z`
  const few = schedules.length <= FEW
  const each = schedules.map((it) => ({
    what: DETAILS,
    text: details(`<code>${it.name}</code> ${headline(it)}`, bullets(scheduleLines(it)), few),
  }))
  const rest = [
    titled(
      'Stage',
      stage.map((it) => fieldLine(it, 'changed')),
    ),
    titled('Freezes', freezes.map(named)),
    titled('Rules', rules.map(named)),
    titled(
      'Newly under rotation',
      secrets.gained.map((it) => codeSpan(words.secretText(it))),
    ),
    permissionsBlock(permissions),
    titled('Warnings gone', warnings.gone.map(warning)),
    titled('Rules kept now, or waived', broken.gone.map(warning)),
  ]
  return fitted([
    {
      what: 'the summary',
      text: `### Rotations: ${codeSpan(base)} → ${codeSpan(head)}\n\n**${capital(summary)}** in the year from ${year}.`,
    },
    titled(
      '⚠️ No schedule rotates these any more',
      secrets.lost.map((it) => codeSpan(words.secretText(it))),
    ),
    titled('⛔ Rules not kept: a deploy is refused', broken.new.map(warning)),
    titled('⚠️ New warnings', warnings.new.map(warning)),
    { what: 'the table', text: table(schedules) },
    ...(few ? [...each, ...rest] : [...rest, ...each]),
  ])
}

/** So few schedules are what the change is about: their details are open. */
const FEW = 3
const DETAILS = 'details of a schedule'

/** Blocks as long as there is room, and what had none. */
function fitted(blocks: Block[]): string {
  let shown = ''
  const left: string[] = []
  for (const { what, text } of blocks) {
    if (text === '') continue
    if (shown.length + text.length > MOST) left.push(what)
    else shown += `${text}\n\n`
  }
  const details = left.filter((what) => what === DETAILS).length
  const named = left.filter((what) => what !== DETAILS)
  if (details > 0) named.push(`the details of ${grouped(details)} schedules`)
  return named.length > 0
    ? `${shown}**No room here** for ${named.join(', ')}: \`npx aws-tourbillon diff\` in a terminal has all.\n`
    : `${shown.trimEnd()}\n`
}

function permissionsBlock(permissions: Compared['found']['permissions']): Block {
  if ('unknown' in permissions) return titled('Permissions', [`unknown: ${codeSpan(permissions.unknown)}`])
  const { gained, lost } = permissions
  const lines = [
    ...gained.map((it) => `gained: ${permission(it)}`),
    ...lost.map((it) => `lost: ${permission(it)}`),
  ]
  const summary = `Permissions: ${gained.length} gained, ${lost.length} lost`
  return { what: 'permissions', text: lines.length === 0 ? '' : details(summary, bullets(lines)) }
}

function table(schedules: ScheduleDiff[]): string {
  if (schedules.length === 0) return ''
  const rows = schedules.slice(0, ROWS).map((diff) => {
    const next = [words.firstOccurrenceText(diff.before), words.firstOccurrenceText(diff.after)]
    const counts = [diff.lost, diff.gained, diff.moved].map(({ length }) =>
      length > 0 ? grouped(length) : '',
    )
    return [codeSpan(diff.name), kinds(diff), next[0], next[0] === next[1] ? 'the same' : next[1], ...counts]
  })
  const more = schedules.length - rows.length
  return [
    '| schedule | change | next before | next after | lost | gained | moved |',
    '| --- | --- | --- | --- | ---: | ---: | ---: |',
    // A pipe would end its cell, within a code span too.
    ...rows.map((row) => `| ${row.map((cell) => cell?.replaceAll('|', '\\|')).join(' | ')} |`),
    ...(more > 0 ? [`| and ${grouped(more)} more | | | | | | |`] : []),
  ].join('\n')
}

/** What kind of change, in few words: of a changed one the names of its fields. */
function kinds({ change, was, fields, frozen }: ScheduleDiff): string {
  if (was !== undefined) return `renamed, was ${codeSpan(was)}`
  if (change !== 'changed') return `**${change}**`
  const freezes = [...new Set(frozen.map(({ freeze }) => `freeze ${codeSpan(freeze)}`))].slice(0, FIRST)
  return [...fields.map(({ field }) => field), ...freezes].join(', ') || 'freezes'
}

function headline(diff: ScheduleDiff): string {
  return `${diff.change}: ${words.instantsSummary([diff]) ?? 'no rotation gained, lost or moved'}`
}

function scheduleLines(diff: ScheduleDiff): string[] {
  const [before, after] = words.zonesOf(diff)
  const instants = (kind: 'lost' | 'gained') =>
    firstOf(
      [
        kind,
        grouped(diff[kind].length),
        ...words.reasonsOf(kind, diff).map((why) => `(${codeSpan(why)})`),
      ].join(' '),
      diff[kind],
      (at) => words.instantText(at, kind === 'lost' ? before : after),
    )
  return [
    ...words.shownFields(diff).map((it) => fieldLine(it, diff.change)),
    ...instants('lost'),
    ...instants('gained'),
    ...firstOf(`moved ${grouped(diff.moved.length)}`, diff.moved, (it) => words.movedText(it, diff)),
  ]
}

function firstOf<T>(title: string, all: T[], spell: (it: T) => string): string[] {
  if (all.length === 0) return []
  const more = all.length - FIRST
  const lines = [...all.slice(0, FIRST).map(spell), ...(more > 0 ? [`and ${grouped(more)} more`] : [])]
  return [`${title}:${lines.map((line) => `\n  - ${line}`).join('')}`]
}

function fieldLine(change: FieldChange, of: ScheduleDiff['change']): string {
  const { before, after } = words.itemsOf(change)
  const label = `**${change.field}**`
  if (of === 'added' || of === 'removed') return `${label} ${listed([...before, ...after])}`
  if (words.isValue(change)) {
    const [was, is] = [before, after].map(([item]) => (item === undefined ? 'none' : codeSpan(item)))
    return `${label} ${was} → ${is}`
  }
  const { come, gone } = words.comeAndGone({ before, after })
  if (come.length + gone.length === 0) return `${label} in another order: ${listed(after)}`
  const parts = [
    gone.length > 0 ? `without ${listed(gone)}` : '',
    come.length > 0 ? `with ${listed(come)}` : '',
  ]
  return `${label} ${parts.filter(Boolean).join(', ')}`
}

function permission(it: Parameters<typeof words.actionsText>[0]): string {
  return `${codeSpan(words.actionsText(it))} on ${listed(it.resources.map(words.resourceText))}`
}

function named({ name, change, fields }: Compared['found']['rules'][number]): string {
  return `${codeSpan(name)} ${change}: ${fields.map((it) => fieldLine(it, change)).join('; ')}`
}

function warning(it: words.Said): string {
  const { subject, message, name } = words.saidText(it)
  return `${codeSpan(subject)} ${codeSpan(message)}${name}; hint: ${codeSpan(it.hint)}`
}

function titled(title: string, items: string[]): Block {
  return { what: `"${title}"`, text: items.length === 0 ? '' : `**${title}**\n${bullets(items)}` }
}

function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${summary}</summary>\n\n${body}\n\n</details>`
}

function bullets(items: string[]): string {
  const more = items.length - 2 * ITEMS
  const shown = more > 1 ? [...items.slice(0, 2 * ITEMS), `and ${grouped(more)} more`] : items
  return shown.map((item) => `- ${item}`).join('\n')
}

function listed(items: string[]): string {
  const more = items.length - ITEMS
  const shown = (more > 1 ? items.slice(0, ITEMS) : items).map(codeSpan).join(', ')
  return more > 1 ? `${shown} and ${grouped(more)} more` : shown
}
