import type { Hold } from '../ledger/hold.ts'
import { oneLine } from '../model/text.ts'
import type { Arguments } from './command.ts'
import { stageOption } from './stage.ts'
import { table } from './table.ts'

export function holdTable(holds: Hold[]): string {
  const rows = holds.map(({ id, scope, by, placedAt, until = 'released', reason }) => [
    ...[id, scope, by, placedAt, until, reason],
  ])
  return table(['HOLD', 'WHAT', 'BY', 'SINCE (UTC)', 'UNTIL', 'REASON'], rows)
}

/** As `--json` prints it. */
export function holdJson({ id, scope, kind, reason, by, placedAt, until = undefined, ...ended }: Hold) {
  return { id, scope, kind, reason, by, placedAt, until: until ?? null, ...ended }
}

/** The command that ends each of these holds, to be pasted, a line each. */
export function releaseCommands(holds: Hold[], args: Arguments): string {
  const commands = holds.map(
    ({ id, by, placedAt, reason }) =>
      `npx tourbillon release ${stageOption(args)} ${id}  # ${oneLine(by)}, ${placedAt}: ${oneLine(reason)}`,
  )
  return commands.join('\n')
}
