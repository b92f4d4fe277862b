import type { Freeze } from '../calendar/freezes.ts'
import type { Config } from '../config/config.ts'
import type { Warning } from '../config/warnings/names.ts'
import { warningsOf } from '../config/warnings/warnings.ts'
import { type FieldChange, fieldsOfFreeze } from './fields.ts'
import { occurrencesBy } from './occurrences.ts'
import { comparePermissions, type PermissionDiff } from './permissions.ts'
import { compareSchedules, type ScheduleDiff, type SideOf } from './schedules.ts'
import { compareSecrets, type SecretChange } from './secrets.ts'

/** Everything by which one config differs from another. Instants are epoch ms, `from` inclusive, `to` exclusive. */
export type ConfigDiff = {
  from: number
  to: number
  schedules: ScheduleDiff[]
  freezes: { name: string; change: 'added' | 'removed' | 'changed'; fields: FieldChange[] }[]
  secrets: { gained: SecretChange[]; lost: SecretChange[] }
  permissions: PermissionDiff
  /** What would surprise, in the 400 days from `from`, on one side only. */
  warnings: { new: Warning[]; gone: Warning[] }
}

/**
 * Compares what two configs mean, not how they are written: layout, comments, and the name of the stage do not count.
 * Looks at a year of occurrences from `from` (epoch ms). Pure.
 */
export function diffConfigs(base: Config, head: Config, from: number): ConfigDiff {
  const to = new Date(from).setUTCFullYear(new Date(from).getUTCFullYear() + 1)
  const side = (config: Config): SideOf => ({ config, occurrences: occurrencesBy(config, from, to) })
  const schedules = compareSchedules(side(base), side(head))
  return {
    from,
    to,
    schedules,
    freezes: compareFreezes(base.freezes, head.freezes),
    secrets: compareSecrets(base, head),
    permissions: comparePermissions(base, head),
    warnings: compareWarnings(base, head, schedules, from),
  }
}

/** Permissions and secrets follow from the schedules. */
export function isDifferent({ schedules, freezes, warnings }: ConfigDiff): boolean {
  return schedules.length + freezes.length + warnings.new.length + warnings.gone.length > 0
}

function compareFreezes(base: Freeze[], head: Freeze[]): ConfigDiff['freezes'] {
  const before = new Map(base.map((freeze) => [freeze.name, freeze]))
  const after = new Map(head.map((freeze) => [freeze.name, freeze]))
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)]
    const fields = fieldsOfFreeze(was, is)
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
    return fields.length === 0 ? [] : [{ name, change, fields } as const]
  })
}

/** A renamed schedule keeps its warnings. */
function compareWarnings(
  base: Config,
  head: Config,
  schedules: ScheduleDiff[],
  from: number,
): ConfigDiff['warnings'] {
  const newName = new Map(schedules.flatMap(({ was, name }) => (was === undefined ? [] : [[was, name]])))
  const before = warningsOf(base, from).map((it) => ({
    ...it,
    schedule: (it.schedule === null ? undefined : newName.get(it.schedule)) ?? it.schedule,
  }))
  const after = warningsOf(head, from)
  const key = ({ schedule, message }: Warning) => `${schedule} ${message}`
  const [known, current] = [new Set(before.map(key)), new Set(after.map(key))]
  return {
    new: after.filter((it) => !known.has(key(it))),
    gone: before.filter((it) => !current.has(key(it))),
  }
}
