import { calendarOf } from '../calendar/calendar.ts'
import type { Config, Schedule } from '../config/config.ts'
import { secretKeyOf } from '../model/identity.ts'
import { secretNameOf } from '../model/secret.ts'
import type { RehearsalOptions } from './options.ts'

/** Schedules that share secrets, with others in between or not: what one does may matter to another, and to nobody else. */
export type Group = {
  schedules: Schedule[]
  /** By schedule name. */
  secrets: Map<string, string[]>
  /** Occurrences in the period, and rotations. */
  occurrences: number
  rotations: number
}

/** Enabled schedules in groups, in the config's order. */
export function groupsOf({ config, secretsOf, from, to }: RehearsalOptions): Group[] {
  const groups: Group[] = []
  const groupOf = new Map<string, Group>()
  for (const schedule of config.schedules.filter(({ enabled }) => enabled).map(withoutReaders)) {
    const secrets = secretsOf(schedule)
    const keys = secrets.map((secret) => secretKeyOf(secret, schedule.place))
    const joined = new Set(keys.flatMap((key) => groupOf.get(key) ?? []))
    const [first = emptyGroup(), ...others] = groups.filter((group) => joined.has(group))
    if (joined.size === 0) groups.push(first)
    for (const other of others) {
      groups.splice(groups.indexOf(other), 1)
      join(first, other)
      for (const [key, group] of groupOf) if (group === other) groupOf.set(key, first)
    }
    const occurrences = countOf(schedule, from, to)
    join(first, {
      schedules: [schedule],
      secrets: new Map([[schedule.name, secrets]]),
      occurrences,
      rotations: occurrences * secrets.length,
    })
    for (const key of keys) groupOf.set(key, first)
  }
  return groups
}

/** Nobody fetches a secret here, and nothing is handed over: what would be told of that is not known. */
const withoutReaders = ({ consumers: _, adoption: __, ...schedule }: Schedule): Schedule => schedule

const countOf = (schedule: Schedule, from: number, to: number): number =>
  [...calendarOf(schedule).between(from, to)].length

const emptyGroup = (): Group => ({ schedules: [], secrets: new Map(), occurrences: 0, rotations: 0 })

function join(group: Group, other: Group): void {
  group.schedules.push(...other.schedules)
  for (const [name, secrets] of other.secrets) group.secrets.set(name, secrets)
  group.occurrences += other.occurrences
  group.rotations += other.rotations
}

/** One group over one stretch of time, as plain data: what a thread is given. */
export type Task = Group &
  Pick<RehearsalOptions, 'seed' | 'faults' | 'from' | 'to'> & {
    /** The config with this group's schedules alone. */
    config: Config
    trouble: NonNullable<RehearsalOptions['trouble']>
    /** By the secret's name, ms. */
    tookMs: Map<string, number>
    /** By the secret as it is configured, epoch ms. */
    rotatedAt: Map<string, number>
  }

export function taskOf(group: Group, options: RehearsalOptions, from: number, to: number): Task {
  const { config, seed, faults, trouble = [] } = options
  const [tookMs, rotatedAt] = [new Map<string, number>(), new Map<string, number>()]
  for (const secret of new Set([...group.secrets.values()].flat())) {
    const took = options.tookMs?.(secret)
    if (took !== undefined) tookMs.set(secretNameOf(secret), took)
    // Of a later stretch its own calendar says it.
    const at = from === options.from ? options.rotatedAt?.(secret) : undefined
    if (at !== undefined) rotatedAt.set(secret, at)
  }
  const own = { ...config, schedules: group.schedules }
  const isWhole = from === options.from && to === options.to
  return {
    ...(isWhole ? group : { ...group, ...sizeOf(group, from, to) }),
    ...{ seed, faults, from, to, config: own, trouble, tookMs, rotatedAt },
  }
}

function sizeOf({ schedules, secrets }: Group, from: number, to: number) {
  const size = { occurrences: 0, rotations: 0 }
  for (const schedule of schedules) {
    const occurrences = countOf(schedule, from, to)
    size.occurrences += occurrences
    size.rotations += occurrences * (secrets.get(schedule.name)?.length ?? 0)
  }
  return size
}
