import { callerText } from '../model/caller.ts'
import type { Hold } from '../model/hold.ts'
import { commandFor } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import type { Arguments, Terminal } from './command.ts'
import { table } from './layout.ts'
import { stageOption } from './load-config.ts'

export function holdTable(holds: Hold[], { columns }: Pick<Terminal, 'columns'>): string {
  const known = holds.some(({ caller }) => caller !== undefined)
  const rows = holds.map(({ id, scope, by, placedAt, until = 'released', reason, caller }) => [
    ...[id, scope, by, placedAt, until, reason, ...(known ? [caller ? callerText(caller) : ''] : [])],
  ])
  const header = ['HOLD', 'WHAT', 'BY', 'SINCE (UTC)', 'UNTIL', 'REASON', ...(known ? ['WHO'] : [])]
  return table(header, rows, columns)
}

/** As `--json` prints it. */
export function holdJson({
  id,
  scope,
  kind,
  schedule,
  reason,
  by,
  placedAt,
  until = undefined,
  ...ended
}: Hold) {
  return {
    id,
    scope,
    kind,
    ...(schedule !== undefined && { schedule }),
    reason,
    by,
    placedAt,
    until: until ?? null,
    ...ended,
  }
}

/** Each of these holds, and below it the command that ends it, to be pasted. */
export function releaseCommands(holds: Hold[], args: Arguments): string {
  const lines = holds.flatMap(({ id, by, placedAt, reason }) => [
    `  ${oneLine(by)} since ${placedAt}: ${oneLine(reason)}`,
    `    ${commandFor(stageOption(args), 'release', id)}`,
  ])
  return lines.join('\n')
}
