import type { Config, Schedule } from '../config/config.ts'
import { oneOf } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import type { Scope } from '../model/hold.ts'
import { scopesOver, secretScope } from '../model/hold.ts'
import { secretNameInOption, secretNameOf } from '../model/secret.ts'
import { noSchedule } from './occurrences.ts'

/** What may be held. `note`: where it may turn out to hold nothing. */
export type KnownScope = { scope: Scope; note?: string }

/** How a scope is named: by one of them. */
type ScopeOptions = { all?: boolean; schedule?: string; secret?: string }

/** What `--all`, `--schedule` or `--secret` names; undefined where it is none of them. Throws CannotDo. */
export function scopeIn({ all, schedule, secret }: ScopeOptions): Scope | undefined {
  const given = [all, schedule, secret].filter((it) => it !== undefined)
  if (given.length > 1) throw new CannotDo('what?', { hint: 'one of --all, --schedule NAME, --secret ID' })
  if (schedule !== undefined) return `schedule/${schedule}`
  if (secret !== undefined) return secretScope(secretNameInOption(secret))
  return all ? 'all' : undefined
}

/** The scope, where the config knows what it names, or a selector may choose it. Throws CannotDo. */
export function knownScope(scope: Scope, { schedules }: Config): KnownScope {
  const [kind, name = ''] = scope.split(/\/(.*)/s)
  if (kind === 'schedule') {
    const known = schedules.map((it) => it.name)
    if (!known.includes(name)) throw noSchedule(name, known)
  }
  if (kind !== 'secret' || schedules.some(({ secrets }) => secrets.map(secretScope).includes(scope)))
    return { scope }
  const choosing = schedules.filter(({ select }) => select && name.startsWith(select.prefix ?? ''))
  if (choosing.length === 0) {
    const known = new Set(schedules.flatMap(({ secrets }) => secrets.map(secretNameOf)))
    throw new CannotDo(`no secret "${name}" in the config`, { hint: oneOf(name, [...known]) })
  }
  const names = choosing.map((it) => it.name).join(', ')
  return {
    scope,
    note: `no schedule names "${name}": it holds where ${names} would choose it, which is known as a wave starts`,
  }
}

/** The schedules whose rotations a scope holds; those that select may have any secret. */
export function coveredBy(scope: Scope, { schedules }: Config): Schedule[] {
  return schedules.filter(({ name, secrets }) => scopesOver(name, secrets).includes(scope))
}

/** Every scope that the config knows by name. */
export function knownScopes({ schedules }: Config): Scope[] {
  return [
    ...new Set(['all' as const, ...schedules.flatMap(({ name, secrets }) => scopesOver(name, secrets))]),
  ]
}
