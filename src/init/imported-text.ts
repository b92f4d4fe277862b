import { writeDuration } from '../config/duration.ts'
import { iso } from '../model/time.ts'
import { headText, type NewStage } from './config-text.ts'
import type { ImportedSchedule } from './group-secrets.ts'
import { scalar } from './scalar.ts'
import { APART, type Apart, type ApartKind } from './sort-secrets.ts'

/** What a stage's file gets of an account. */
export type ImportedPart = { schedules: ImportedSchedule[]; proposed: ImportedSchedule[]; apart: Apart[] }

/** `config/<stage>.yml` of what was read: schedules, and as comments all that stands in none. */
export function importedConfig(stage: NewStage, { schedules, proposed, apart }: ImportedPart): string {
  const lines = [
    headText(stage),
    ...WORDS,
    schedules.length > 0 ? 'schedules:' : 'schedules: {}',
    ...schedules.flatMap((it) => [...scheduleLines(it, stage), '']),
    ...(proposed.length > 0 ? [schedules.length > 0 ? PROPOSED : `${PROPOSED} And the {} above.`, ''] : []),
    ...proposed.flatMap((it) => [...scheduleLines(it, stage).map((line) => `  # ${line.slice(2)}`), '']),
    ...apartLines(apart),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

const WORDS = [
  '# Read from Secrets Manager. It counts in UTC, and rotates at any time in its window; these schedules are in UTC, too,',
  '# and rotate as the window begins. For a time of day of your own: other hours in `when`, and your `timezone`.',
  '# A rate counts from the last rotation there, and from `start` here.',
]

const PROPOSED =
  '  # These rotate by the service or partner that owns them. To rotate them from here, take the # away.'

function scheduleLines(schedule: ImportedSchedule, { timezone }: NewStage): string[] {
  const { name, when, start, windowSeconds, native, doubts, secrets, tags } = schedule
  const some = native.length > 3 ? [...native.slice(0, 3), `${native.length - 3} more`] : native
  return [
    `  ${name}:`,
    `    # Secrets Manager: ${some.join('; ')}`,
    ...doubts.map((it) => `    # Check: ${it}`),
    `    when: ${when}`,
    ...(start === undefined ? [] : [`    start: ${iso(start).replace('.000', '')}`]),
    ...(timezone === 'UTC' ? [] : ['    timezone: UTC']),
    `    window: ${writeDuration(windowSeconds)}`,
    ...(tags === undefined
      ? ['    secrets:', ...secrets.map((it) => `      - ${scalar(it.name)}${toCheck(it.doubts)}`)]
      : [
          `    # ${secrets.length} secrets today, and whatever is tagged so later.`,
          ...secrets.flatMap((it) => it.doubts.map((doubt) => `    # Check: ${it.name}: ${doubt}`)),
          '    secrets:',
          '      tags:',
          ...Object.entries(tags).map(([key, value]) => `        ${scalar(key)}: ${scalar(value)}`),
        ]),
  ]
}

function toCheck(doubts: string[]): string {
  return doubts.length === 0 ? '' : `  # Check: ${doubts.join('; ')}`
}

function apartLines(apart: Apart[]): string[] {
  return (Object.keys(APART) as ApartKind[]).flatMap((kind) => {
    const some = apart.filter((it) => it.kind === kind)
    if (some.length === 0) return []
    return [
      `# ${some.length} ${APART[kind]}`,
      ...some.map(({ name, detail }) => `#   ${name}: ${detail}`),
      '',
    ]
  })
}
