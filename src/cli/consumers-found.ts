import { stringify } from 'yaml'
import type { Loaded } from '../config/load.ts'
import { principalText } from '../model/adoption.ts'
import type { Look } from '../model/found-consumers.ts'
import { oneLine } from '../model/text.ts'
import type { FoundConsumers } from '../operate/find-consumers.ts'
import type { EntriesFound } from '../operate/found-entries.ts'
import { agoText } from '../report/adoption.ts'
import type { Terminal } from './command.ts'
import { columnsOf, indented } from './layout.ts'

type Style = Pick<Terminal, 'columns' | 'now'>

/** Where entries begin in the file that they are for: `columnOfEntries`. */
type ColumnAt = Extract<Loaded, { ok: true }>['columnAt']

/** Whether each look came to its end, and somebody was found: nothing found is no answer. */
export function isAnswer({ unseen, services, proxies, readers }: FoundConsumers): boolean {
  const all: Look<unknown>[] = [services, proxies, readers]
  return (
    unseen === undefined &&
    all.every(({ unseen }) => unseen.length === 0) &&
    all.some(({ found }) => found.length > 0)
  )
}

export function foundText(found: FoundConsumers, columnAt: ColumnAt, style: Style): string {
  const { unseen, services, proxies, readers, toPaste } = found
  const now = style.now()
  const sections = [
    ...(unseen === undefined ? [] : indented(`not seen: ${unseen}`, 0, style.columns)),
    section('ECS SERVICES WHOSE TASK DEFINITION NAMES IT', services, style, (it) => [
      ...[it.name, it.taskDefinitions.join(', '), `container ${it.containers.join(', ')}`],
      [
        ...(it.controller ? [`its deployments are made by ${it.controller}: nothing here refreshes it`] : []),
        ...it.notes,
      ].join('; '),
    ]),
    section('RDS PROXIES THAT USE IT', proxies, style, (it) => [
      it.name,
      it.role ? `reads as ${principalText(it.role)}` : '',
    ]),
    section('SEEN TO FETCH IT', readers, style, (it) => [
      principalText(it.principal),
      it.lastSeen === undefined ? 'never what was current' : `last fetched ${agoText(it.lastSeen, now)}`,
      ...[it.rotates ? 'asks for AWSPENDING: a rotation function' : it.other ? `asks for ${it.other}` : ''],
    ]),
    ...toPaste.map((one) => pasteText(one, columnAt)),
    indented(
      'Nothing of this is kept, and nothing was changed. Who is not found may use it all the same: these looks see no Lambda function, host, pod or task of its own that has not fetched it lately, no cache or copy, and no other account or region.',
      0,
      style.columns,
    ).join('\n'),
  ]
  return `${found.secretName}\n\n${sections.join('\n\n')}\n`
}

/** Lines to paste beneath what the file has; where that is in [ ] or { }, or an alias, the whole list in one line. */
function pasteText({ schedule, entries, isFirst, consumers }: EntriesFound, columnAt: ColumnAt): string {
  const [keys, dashes] = [columnAt(['schedules', schedule]), columnAt(['schedules', schedule, 'consumers'])]
  const lines = (column: number) => entries.trimEnd().replaceAll(/^/gm, ' '.repeat(column))
  if (dashes !== undefined)
    return `TO PASTE beneath the entries of consumers: of ${schedule}\n${lines(dashes)}`
  if (isFirst && keys !== undefined)
    return `TO PASTE into schedules: ${schedule}:\n${' '.repeat(keys)}consumers:\n${lines(keys + 2)}`
  const whole = stringify({ consumers }, { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim()
  const comments = entries.split('\n').filter((line) => line.startsWith('#'))
  return [
    `TO PUT ${isFirst ? 'into' : 'in the place of consumers: of'} schedules: ${schedule}:${keys === undefined ? ', between its braces' : ''}`,
    `${' '.repeat(keys ?? 0)}${whole}`,
    ...comments,
  ].join('\n')
}

function section<Found>(
  head: string,
  { found, looked, unseen }: Look<Found>,
  { columns }: Style,
  row: (one: Found) => string[],
): string {
  const rows = found.map((one) => {
    const [first = '', ...rest] = row(one)
    return [`  ${first}`, ...rest]
  })
  const none = unseen.length > 0 ? '  not known' : '  none seen'
  return [
    head,
    ...(rows.length > 0 ? columnsOf(rows, columns) : [none]),
    ...indented(`looked at: ${looked}`, 2, columns),
    ...unseen.flatMap((why) => indented(`not seen: ${oneLine(why)}`, 2, columns)),
  ].join('\n')
}
