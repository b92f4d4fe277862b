import type { Hold } from '../model/hold.ts'
import { oneLine } from '../model/text.ts'
import type { Arguments } from './command.ts'
import { table } from './layout.ts'
import { stageOption } from './load-config.ts'

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

/** Each of these holds, and below it the command that ends it, to be pasted. */
export function releaseCommands(holds: Hold[], args: Arguments): string {
  const lines = holds.flatMap(({ id, by, placedAt, reason }) => [
    `  ${oneLine(by)} since ${placedAt}: ${oneLine(reason)}`,
    `    npx aws-tourbillon release ${stageOption(args)} ${id}`,
  ])
  return lines.join('\n')
}
