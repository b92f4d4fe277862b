import type { z } from 'zod'
import { houseRule } from './rule-schema.ts'
import { type ConfigFile, configFile, freezeEntry, memberAccount, scheduleEntry } from './schema.ts'

/**
 * What is left of a file when its broken values are taken out: the rules are asked about that, so that a bad duration
 * in one line does not hide a bad expression in another. Stand-ins fill the gaps.
 */
export function soundPart(raw: unknown, issues: z.core.$ZodIssue[]): ConfigFile {
  const rest = structuredClone(raw)
  for (const issue of issues) {
    const broken =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
    for (const path of broken) remove(rest, path)
    // How long an answer may be awaited depends on the window.
    if (issue.path[0] === 'schedules' && issue.path[2] === 'window')
      remove(rest, [...issue.path.slice(0, 2), 'approval'])
  }
  const { defaults, freezes, rules, schedules } = mapOf(rest)
  // Accounts keep their place: one that cannot be read is not one that is missing.
  const accounts = Object.keys(mapOf(mapOf(raw).accounts)).map((id) => [
    id,
    memberAccount.safeParse(mapOf(mapOf(rest).accounts)[id]).data ?? { role: 'stand-in' },
  ])
  const settings = configFile.shape.defaults.safeParse(defaults ?? {}).data ?? {}
  // A time zone that could not be read is not one that is missing.
  const timezone = issues.some(({ path }) => path[0] === 'defaults') ? { timezone: 'UTC' } : {}
  const stage = configFile.shape.stage
  return {
    stage: stage.safeParse(mapOf(rest).stage).data ?? stage.parse(undefined),
    defaults: { ...timezone, ...settings },
    freezes: Object.values(freezes ?? []).map(
      (freeze, index) => freezeEntry.safeParse(freeze).data ?? standIn(freeze, index),
    ),
    rules: Object.values(rules ?? []).map(
      (rule, index) =>
        houseRule.safeParse(rule).data ?? { name: nameOf(rule, `rules.${index}`), owner: true },
    ),
    accounts: Object.fromEntries(accounts),
    schedules: Object.fromEntries(
      Object.entries(mapOf(schedules)).flatMap(([name, entry]) => {
        const { data } = scheduleEntry.safeParse(completed(entry))
        return data ? [[name, data]] : []
      }),
    ),
  }
}

/** Keeps the place and the name of a freeze that cannot be read, since others point to them. */
function standIn(freeze: unknown, index: number): ConfigFile['freezes'][number] {
  const name = nameOf(freeze, `freezes.${index}`)
  return { name, from: '2000-01-01', to: '2000-01-02', timezone: 'UTC', yearly: false }
}

function nameOf(item: unknown, otherwise: string): string {
  const { name } = mapOf(item)
  return typeof name === 'string' ? name : otherwise
}

/** Gives a schedule back what it cannot do without, in a form that no rule minds. */
function completed(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry
  const timing = 'when' in entry ? {} : { when: 'cron(0 0 * * ? *)', start: undefined }
  return { secrets: ['stand-in'], ...entry, ...timing }
}

/** Removes a value, at the most a whole setting of an entry: of a list with a broken item the rest means little. */
function remove(root: unknown, path: readonly PropertyKey[]): void {
  const setting = path.slice(0, path[0] === 'defaults' || path.length < 3 ? 2 : 3)
  const key = setting.pop()
  const parent = setting.reduce<unknown>((node, part) => mapOf(node)[part as string], root)
  if (key !== undefined && typeof parent === 'object' && parent !== null && !Array.isArray(parent)) {
    delete (parent as Record<PropertyKey, unknown>)[key]
  }
}

function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
