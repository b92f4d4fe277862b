import { writeDuration } from '../config/duration.ts'
import type { NewStage } from '../init/config-text.ts'
import type { ImportedSchedule } from '../init/group-secrets.ts'
import { doubtsOf, type Imported } from '../init/import.ts'
import { APART, type ApartKind } from '../init/sort-secrets.ts'
import { counted } from '../model/counts.ts'
import { iso } from '../model/time.ts'
import { indented } from './layout.ts'

/** What was read and what became of it; `paths`: the file of each of its stages. */
export function importedSummary(
  imported: Imported,
  { account, region }: NewStage,
  paths: string[],
  columns: number,
): string {
  const { secrets, stages, apart } = imported
  const schedules = stages.flat()
  const counts: [number, string][] = [
    [
      schedules.reduce((sum, it) => sum + it.secrets.length, 0),
      `rotate by themselves: ${counted(schedules.length, 'schedule')} in ${paths.length > 3 ? `${paths[0]} to ${paths.at(-1)}` : paths.join(', ')}`,
    ],
    ...(Object.entries(APART) as [ApartKind, string][]).map(([kind, text]): [number, string] => [
      apart.filter((it) => it.kind === kind).length,
      text,
    ]),
  ]
  const doubts = doubtsOf(imported)
  return [
    `read ${counted(secrets, 'secret')} of account ${account ?? 'unknown'}, ${region ?? 'unknown'}`,
    '',
    ...counts.filter(([count]) => count > 0).map(([count, text]) => `${`${count}`.padStart(6)}  ${text}`),
    ...(doubts.length > 0 ? ['', 'check (each is a comment in the file, too):'] : []),
    ...doubts.flatMap((it) => indented(it, 2, columns)),
    '',
  ].join('\n')
}

export function importedJson(imported: Imported, paths: string[]): object {
  const { secrets, stages, proposed, apart, rotationFunctions } = imported
  return {
    secrets,
    rotationFunctions: rotationFunctions ?? null,
    schedules: stages.flatMap((schedules, index) =>
      schedules.map((schedule) => ({ file: paths[index], ...asJson(schedule) })),
    ),
    proposed: proposed.map(asJson),
    apart,
    check: doubtsOf(imported),
  }
}

function asJson({ start, windowSeconds, tags, ...schedule }: ImportedSchedule): object {
  return {
    ...schedule,
    ...(start !== undefined && { start: iso(start) }),
    timezone: 'UTC',
    window: writeDuration(windowSeconds),
    tags: tags ?? null,
  }
}
