import { formatDuration } from '../calendar/format.ts'
import type { Config, Freeze, Schedule } from '../config/config.ts'
import { secretKeyOf } from '../model/identity.ts'
import { seconds } from './cell.ts'
import type { Cell, Section } from './document.ts'
import { listOf } from './list-of.ts'
import type { Summary } from './summary.ts'

export function policySection({ schedules, version }: Config): Section {
  const rows = schedules.map((it): Cell[] => [
    it.enabled ? it.name : { text: `${it.name} (disabled)`, tone: 'quiet' },
    it.when,
    it.timezone,
    formatDuration(it.windowSeconds * 1_000),
    it.maxAgeSeconds === undefined ? '–' : formatDuration(it.maxAgeSeconds * 1_000),
    secretsText(it),
    it.ignoreFreezes.map(({ name, reason }) => `${name}: ${reason}`).join('; ') || '–',
  ])
  return {
    title: 'The policy',
    paragraphs: [
      `Config ${version}. Window: how long after its instant a rotation may still start. maxAge: a value that is older is overdue.`,
    ],
    table: {
      header: ['Schedule', 'When', 'Zone', 'Window', 'maxAge', 'Secrets', 'Rotates through freezes'],
      rows,
    },
  }
}

export function freezesSection(freezes: Freeze[]): Section {
  const rows = freezes.map((it): Cell[] => [
    it.name,
    `${it.from} to ${it.to}${it.yearly ? ', every year' : ''}`,
    it.timezone,
    it.reason ?? '–',
  ])
  const header = ['Freeze', 'From, to (end excluded)', 'Zone', 'Why']
  return { title: 'Freezes', ...listOf({ items: rows, count: rows.length }, { header, rows }, 'None.') }
}

export function versionsSection({ versions }: Summary, config: Config): Section {
  const rows = versions.map((it): Cell[] => [
    it.version === config.version ? `${it.version} (the one above)` : it.version,
    `${it.rotations}`,
    seconds(it.first),
    seconds(it.last),
  ])
  const header = ['Config', 'Rotations', 'First, due (UTC)', 'Last, due (UTC)']
  return {
    title: 'Config versions that rotations ran under',
    ...listOf(
      { items: rows, count: rows.length },
      { header, figures: [1], instants: [2, 3], rows },
      'No rotation was recorded.',
    ),
  }
}

function secretsText({ secrets, select, place }: Schedule): string {
  if (!select) return secrets.map((secret) => secretKeyOf(secret, place)).join(', ')
  const tags = Object.entries(select.tags ?? {}).map(([key, value]) => `${key}=${value}`)
  const prefix = select.prefix === undefined ? [] : [`name ${select.prefix}…`]
  return `those with ${[...tags, ...prefix].join(' and ')}`
}
