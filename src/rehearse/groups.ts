import { calendarOf } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import { secretKeyOf } from '../model/identity.ts'
import type { RehearsalOptions } from './options.ts'

/** Schedules that share secrets, with others in between or not: what one does may matter to another, and to nobody else. */
export type Group = {
  schedules: Schedule[]
  /** By schedule name. */
  secrets: Map<string, string[]>
  /** In the period. */
  occurrences: number
}

/** Enabled schedules in groups, in the config's order. */
export function groupsOf({ config, secretsOf, from, to }: RehearsalOptions): Group[] {
  const groups: (Group & { keys: Set<string> })[] = []
  for (const schedule of config.schedules.filter(({ enabled }) => enabled)) {
    const secrets = secretsOf(schedule)
    const keys = new Set(secrets.map((secret) => secretKeyOf(secret, schedule.place)))
    const mine = groups.filter((group) => [...keys].some((key) => group.keys.has(key)))
    const [first = { schedules: [], secrets: new Map<string, string[]>(), occurrences: 0, keys }] = mine
    if (mine.length === 0) groups.push(first)
    for (const other of mine.slice(1)) {
      groups.splice(groups.indexOf(other), 1)
      first.schedules.push(...other.schedules)
      first.occurrences += other.occurrences
      for (const [name, theirs] of other.secrets) first.secrets.set(name, theirs)
      for (const key of other.keys) first.keys.add(key)
    }
    first.schedules.push(schedule)
    first.secrets.set(schedule.name, secrets)
    for (const key of keys) first.keys.add(key)
    for (const _ of calendarOf(schedule).between(from, to)) first.occurrences++
  }
  return groups
}
