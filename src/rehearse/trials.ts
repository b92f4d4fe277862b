import { calendarOf } from '../calendar/calendar.ts'
import { freezesKept, frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import { EARLY_MS } from '../model/limits.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { DAY, HOUR, MINUTE } from '../model/time.ts'
import { enforced } from '../model/under-policy.ts'
import { gather } from './happened.ts'
import type { RehearsalOptions, Rehearsed, Trouble } from './rehearse.ts'

/** What one thing that goes wrong would do over a busy stretch, compared with the same stretch without it. */
export type Trial = {
  what: Trouble['what'] | 'nobody approves'
  /** While it lasted, epoch ms. */
  from: number
  to: number
  lateMs?: number
  /** How many rotations began, or should have, by then. */
  rotations: number
  /** Those that came out otherwise than without it. `late`: they had failed, and a later run finished them. */
  changed: { status: Status; reason: string | undefined; late?: true; count: number }[]
  /** The most that one began later than without it, ms. */
  laterMs: number
  /** Of their secrets: how many a later run of the stretch rotated, within what time (ms), and how many none did. */
  healed: number
  longestMs: number
  unhealed: number
  /** Texts more than without it. */
  pages: number
}

/** A stretch that tells: the busiest hour’s schedules, and time for two more occurrences of each. */
export type Stretch = {
  config: Config
  from: number
  to: number
  hour: number
  schedules: number
  left: number
}

/** Schedules of the busiest hour that are tried, and most that their stretch lasts. */
const MOST_SCHEDULES = 20
const MOST_STRETCH = 45 * DAY
/** Waves of a stretch that are rehearsed, in each trial. */
const MOST_WAVES = 400

/** Undefined where nothing is due. */
export function busiestStretch(config: Config, from: number, to: number): Stretch | undefined {
  const hours = new Map<number, Set<Schedule>>()
  for (const schedule of enforced(config)) {
    const freezes = freezesKept(config.freezes, schedule)
    let seen = 0
    for (const at of calendarOf(schedule).between(from, to)) {
      if (++seen > 1_000) break
      if (frozenBy(freezes, at)) continue
      const hour = Math.floor(at / HOUR) * HOUR
      hours.set(hour, (hours.get(hour) ?? new Set()).add(schedule))
    }
  }
  const weight = (some: Set<Schedule>) =>
    [...some].reduce((sum, it) => sum + Math.max(1, it.secrets.length), 0)
  const [busiest] = [...hours].sort((a, b) => weight(b[1]) - weight(a[1]) || a[0] - b[0])
  if (busiest === undefined) return undefined
  const [hour, all] = busiest
  const schedules = [...all].slice(0, MOST_SCHEDULES)
  const ends = schedules.map((schedule) => {
    const next = calendarOf(schedule).next(hour + DAY)
    const end = next === undefined ? hour + DAY : (calendarOf(schedule).next(next) ?? next)
    return end + (schedule.windowSeconds + schedule.timeoutSeconds) * 1_000 + HOUR
  })
  const most = Math.min(hour + MOST_STRETCH, Math.max(...ends))
  const all400 = schedules.flatMap((it) => [...firstOf(calendarOf(it).between(hour, most), MOST_WAVES)])
  const cut = all400.sort((a, b) => a - b)[MOST_WAVES]
  return {
    config: { ...config, schedules },
    ...{ from: hour - HOUR, to: Math.max(hour + DAY + 6 * HOUR, cut ?? most), hour },
    ...{ schedules: schedules.length, left: all.size - schedules.length },
  }
}

function* firstOf<T>(all: Iterable<T>, most: number): Generator<T> {
  let count = 0
  for (const one of all) {
    if (count++ >= most) return
    yield one
  }
}

type Rehearse = (options: RehearsalOptions) => Promise<Rehearsed>

type Settings = Pick<RehearsalOptions, 'seed' | 'secretsOf' | 'tookMs' | 'signal'>

/** How late Scheduler is in its trial: within most windows, as AWS's bad days were. */
const LATE_MS = 20 * MINUTE

/** Each trouble by itself. `approving`: the config as written, where the calm one leaves approvals out. */
export async function runTrials(
  rehearse: Rehearse,
  stretch: Stretch,
  settings: Settings,
  approving: Config,
): Promise<Trial[]> {
  const { config, from, to, hour } = stretch
  const run = (of: Config, trouble: Trouble[]) =>
    runOne(rehearse, { ...settings, config: of, from, to, trouble })
  const calm = await run(config, [])
  const trials: Trial[] = []
  // What is due as the hour begins may be delivered that long ahead of it.
  const begins = hour - EARLY_MS
  const troubles: Trouble[] = [
    { what: 'function broken', from: begins, to: begins + DAY },
    { what: 'Scheduler late', from: begins, to: hour + HOUR, lateMs: LATE_MS },
    { what: 'throttled', from: begins, to: hour + HOUR },
    { what: 'audit down', from: begins, to: hour + 6 * HOUR },
  ]
  for (const trouble of troubles) {
    const { what, from: since, to: until, lateMs } = trouble
    trials.push({
      ...{ what, from: since, to: until, ...(lateMs !== undefined && { lateMs }) },
      ...compared(calm, await run(config, [trouble]), to),
    })
  }
  const names = config.schedules.map(({ name }) => name)
  const asking = approving.schedules.filter(({ name, approval }) => approval && names.includes(name))
  if (asking.length > 0) {
    const asked = await run({ ...approving, schedules: asking }, [])
    const few = [...calm.rotations].filter(([, it]) => asking.some(({ name }) => name === it.schedule))
    const calmOfThem = { ...calm, rotations: new Map(few), pages: 0 }
    trials.push({ what: 'nobody approves', from, to, ...compared(calmOfThem, asked, to) })
  }
  return trials
}

type Ran = { rotations: Map<string, Brief>; pages: number }
type Brief = Pick<
  Rotation,
  'schedule' | 'secretName' | 'status' | 'reason' | 'late' | 'scheduledAt' | 'startedAt' | 'rotatedAt'
>

async function runOne(
  rehearse: Rehearse,
  options: Omit<RehearsalOptions, 'faults' | 'onWave' | 'onTold'>,
): Promise<Ran> {
  const rotations = new Map<string, Brief>()
  const told = gather(options.config, options)
  await rehearse({
    ...options,
    faults: 'none',
    onWave: (wave) => {
      for (const it of wave.rotations) {
        const { schedule, secretName, status, reason, late, scheduledAt, startedAt, rotatedAt } = it
        const brief = {
          schedule,
          secretName,
          status,
          reason,
          late,
          scheduledAt,
          startedAt,
          rotatedAt,
        } as Brief
        rotations.set(`${schedule} ${scheduledAt} ${secretName}`, brief)
      }
    },
    onTold: told.onTold,
  })
  return { rotations, pages: told.end().pages.length }
}

function compared(calm: Ran, bad: Ran, end: number) {
  const changed = new Map<string, Trial['changed'][number]>()
  let laterMs = 0
  /** When each of the secrets that were hit would have rotated. */
  const hit = new Map<string, number>()
  for (const [key, was] of calm.rotations) {
    const is = bad.rotations.get(key) ?? { ...was, status: 'MISSED' as const, reason: undefined }
    laterMs = Math.max(laterMs, startOf(is) - startOf(was) || 0)
    const late = is.late === true && !was.late
    if (is.status === was.status && is.reason === was.reason && !late) continue
    const name = `${is.status} ${is.reason} ${late}`
    const known = changed.get(name) ?? {
      ...{ status: is.status, reason: is.reason, count: 0 },
      ...(late && { late }),
    }
    known.count++
    changed.set(name, known)
    const at = Date.parse(was.scheduledAt)
    if (is.status !== 'SUCCEEDED' || late) hit.set(is.secretName, Math.min(at, hit.get(is.secretName) ?? at))
  }
  return {
    rotations: bad.rotations.size,
    changed: [...changed.values()].sort((a, b) => b.count - a.count),
    laterMs,
    ...healing(hit, bad, end),
    pages: Math.max(0, bad.pages - calm.pages),
  }
}

const startOf = ({ startedAt = '' }: Pick<Rotation, 'startedAt'>): number => Date.parse(startedAt)

/** When each of these secrets has rotated after all. */
function healing(hit: Map<string, number>, { rotations }: Ran, end: number) {
  const good = new Map<string, number[]>()
  for (const { secretName, rotatedAt } of rotations.values()) {
    if (rotatedAt === undefined) continue
    good.set(secretName, [...(good.get(secretName) ?? []), Date.parse(rotatedAt)])
  }
  const found = { healed: 0, longestMs: 0, unhealed: 0 }
  for (const [secret, at] of hit) {
    const next = Math.min(...(good.get(secret) ?? []).filter((it) => it > at), Number.POSITIVE_INFINITY)
    if (next > end) found.unhealed++
    else {
      found.healed++
      found.longestMs = Math.max(found.longestMs, next - at)
    }
  }
  return found
}
