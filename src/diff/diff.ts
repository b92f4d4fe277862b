import type { BrokenRule } from '../config/house-rules/judge.ts'
import type { Warning } from '../config/warnings/names.ts'
import { type Outlook, outlookOf } from '../config/warnings/warnings.ts'
import { type FieldChange, fieldsOfFreeze, fieldsOfRule, fieldsOfStage } from './fields.ts'
import { occurrencesBy } from './occurrences.ts'
import { comparePermissions, type PermissionDiff, type Side } from './permissions.ts'
import { compareSchedules, type ScheduleDiff, type SideOf } from './schedules.ts'
import { compareSecrets, type SecretChange } from './secrets.ts'

/** Everything by which one config differs from another. Instants are epoch ms, `from` inclusive, `to` exclusive. */
export type ConfigDiff = {
  from: number
  to: number
  schedules: ScheduleDiff[]
  /** What `stage:` says: account and region, keys, who hears of alarms. */
  stage: FieldChange[]
  freezes: NamedChange[]
  rules: NamedChange[]
  secrets: { gained: SecretChange[]; lost: SecretChange[] }
  permissions: PermissionDiff
  /** What would surprise, in the 400 days from `from`, on one side only. */
  warnings: OneSided<Warning>
  /** Rules that are not kept and not waived, as far ahead; a deploy of HEAD is refused while there are any. */
  broken: OneSided<BrokenRule>
}

/** A freeze, or a rule of the stage. */
type NamedChange = { name: string; change: 'added' | 'removed' | 'changed'; fields: FieldChange[] }

type OneSided<T> = { new: T[]; gone: T[] }

/**
 * Compares what two configs mean, not how they are written: layout, comments, and the name of the stage do not count.
 * Looks at a year of occurrences from `from` (epoch ms). Pure.
 */
export function diffConfigs(before: Side, after: Side, from: number): ConfigDiff {
  const [base, head] = [before.config, after.config]
  const to = new Date(from).setUTCFullYear(new Date(from).getUTCFullYear() + 1)
  const side = (config: Side['config']): SideOf => ({ config, occurrences: occurrencesBy(config, from, to) })
  const schedules = compareSchedules(side(base), side(head))
  return {
    from,
    to,
    schedules,
    stage: fieldsOfStage(before.settings, after.settings),
    freezes: compareByName(base.freezes, head.freezes, fieldsOfFreeze),
    rules: compareByName(base.rules ?? [], head.rules ?? [], fieldsOfRule),
    secrets: compareSecrets(base, head),
    permissions: comparePermissions(before, after),
    ...compareOutlooks(before, after, schedules, from),
  }
}

/** Permissions and secrets follow from the schedules and the stage. */
export function isDifferent({ schedules, stage, freezes, rules, warnings, broken }: ConfigDiff): boolean {
  const lists = [schedules, stage, freezes, rules, warnings.new, warnings.gone, broken.new, broken.gone]
  return lists.some(({ length }) => length > 0)
}

function compareByName<T extends { name: string }>(
  base: T[],
  head: T[],
  fieldsOf: (was: T | undefined, is: T | undefined) => FieldChange[],
): NamedChange[] {
  const before = new Map(base.map((one) => [one.name, one]))
  const after = new Map(head.map((one) => [one.name, one]))
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)]
    const fields = fieldsOf(was, is)
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
    return fields.length === 0 ? [] : [{ name, change, fields } as const]
  })
}

/** A renamed schedule keeps its warnings. */
function compareOutlooks(
  base: Side,
  head: Side,
  schedules: ScheduleDiff[],
  from: number,
): Pick<ConfigDiff, 'warnings' | 'broken'> {
  const newName = new Map(schedules.flatMap(({ was, name }) => (was === undefined ? [] : [[was, name]])))
  const [before, after] = [base, head].map(({ config, settings }) =>
    outlookOf(config, from, undefined, settings),
  ) as [Outlook, Outlook]
  const oneSided = <T extends { schedule: string | null; message: string }>(was: T[], is: T[]) => {
    const renamed = was.map((it) => ({ ...it, schedule: newName.get(it.schedule ?? '') ?? it.schedule }))
    const key = ({ schedule, message }: T) => `${schedule} ${message}`
    const [known, current] = [new Set(renamed.map(key)), new Set(is.map(key))]
    return {
      new: is.filter((it) => !known.has(key(it))),
      gone: renamed.filter((it) => !current.has(key(it))),
    }
  }
  return {
    warnings: oneSided(before.warnings, after.warnings),
    broken: oneSided(before.broken, after.broken),
  }
}
