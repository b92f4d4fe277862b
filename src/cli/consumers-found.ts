import { principalText } from '../model/adoption.ts'
import type { Look } from '../model/found-consumers.ts'
import { oneLine } from '../model/text.ts'
import type { FoundConsumers } from '../operate/find-consumers.ts'
import { agoText } from '../report/adoption.ts'
import type { Terminal } from './command.ts'
import { columnsOf, indented } from './layout.ts'

type Style = Pick<Terminal, 'columns' | 'now'>

/** Whether each look came to its end, and somebody was found: nothing found is no answer. */
export function isAnswer({ services, proxies, readers }: FoundConsumers): boolean {
  const all: Look<unknown>[] = [services, proxies, readers]
  return all.every(({ unseen }) => unseen.length === 0) && all.some(({ found }) => found.length > 0)
}

export function foundText(found: FoundConsumers, style: Style): string {
  const { services, proxies, readers, toPaste } = found
  const now = style.now()
  const sections = [
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
    ...toPaste.map(({ schedule, entries, isFirst }) =>
      [
        isFirst
          ? `TO PASTE into schedules: ${schedule}:`
          : `TO PASTE beneath the entries of consumers: of ${schedule}`,
        ...(isFirst ? ['    consumers:'] : []),
        ...entries
          .trimEnd()
          .split('\n')
          .map((line) => `      ${line}`),
      ].join('\n'),
    ),
    indented(
      'Nothing of this is kept, and nothing was changed. Who is not found may use it all the same: these looks see no Lambda function, host, pod or task of its own that has not fetched it lately, no cache or copy, and no other account or region.',
      0,
      style.columns,
    ).join('\n'),
  ]
  return `${found.secretName}\n\n${sections.join('\n\n')}\n`
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
