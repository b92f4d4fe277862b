import { calendarOf } from '../calendar/calendar.ts'
import { formatDuration } from '../calendar/format.ts'
import { freezesKept, frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import { nameInKey, secretKeyOf } from '../model/identity.ts'
import { type Home, placeFrom, placeKey } from '../model/place.ts'
import { secretNameOf } from '../model/secret.ts'
import { DAY, MINUTE } from '../model/time.ts'
import { enforced } from '../model/under-policy.ts'
import type { StageKnown } from '../operate/rehearse.ts'
import { type Cost, monthlyCost } from '../report/costs.ts'
import { type Judged, judge } from './findings.ts'
import { gather, type Happened } from './happened.ts'
import type { Rehearsed, rehearse } from './rehearse.ts'
import { busiestStretch, runTrials, type Stretch, type Trial } from './trials.ts'

export const NOTHING_KNOWN: StageKnown = { chosen: new Map(), tookMs: new Map(), rotatedAt: new Map() }

/** What a rotation takes where nobody has seen one: four calls of a function that talks to a database. */
const ASSUMED_MS = MINUTE

/** Secrets that a selector is taken to choose where it was not asked. */
const MADE_UP = 10

export type RehearsalSettings = {
  config: Config
  from: number
  to: number
  seed: number
  faults: 'none' | 'usual'
  known: StageKnown
  /** Where the stage lives, as its file says. */
  home?: Home | undefined
  /** What is assumed in place of `ASSUMED_MS`. */
  assumedMs?: number | undefined
  /** `kmsKeyArn` of the stage, which costs. */
  ownKey?: boolean | undefined
  /** Without what-ifs. */
  brief?: boolean | undefined
  onProgress?: (text: () => string) => void
  signal?: AbortSignal
}

/** A rehearsal as its renderings see it. */
export type Rehearsal = Pick<RehearsalSettings, 'from' | 'to' | 'seed' | 'faults'> &
  Judged & {
    /** As written. */
    config: Config
    happened: Happened
    rehearsed: Rehearsed
    trials: Trial[]
    stretch: Stretch | undefined
    /** Requests for a go-ahead; the calm rehearsal takes them as given. */
    approvals: number
    /** What the stage costs a month. */
    cost: Cost
    /** Where its figures come from, in words. */
    known: { durations: string; last: string; madeUp?: string; places?: string }
  }

/** Rehearses a stage, and what would go wrong with it. The same settings make the same answer. */
export async function rehearseStage(
  settings: RehearsalSettings,
  engine: typeof rehearse,
): Promise<Rehearsal> {
  const { from, to, seed, faults, assumedMs, home = {}, onProgress, signal } = settings
  const config = seenFrom(home, settings.config)
  const known = { ...settings.known, chosen: chosenIn(config, settings.known) }
  const calm = withoutApprovals(config)
  const secretsOf = (schedule: Schedule) => secretsIn(schedule, known)
  const took = byAnyId(known.tookMs)
  const assumed = assumedOf(config, { known, assumedMs })
  const tookMs = (secret: string) => took(secret) ?? assumed(secret)
  const rotatedAt = byAnyId(new Map([...known.rotatedAt].filter(([, at]) => at <= from)))
  const common = { seed, secretsOf, tookMs, ...(signal && { signal }) }
  // First, for it needs nothing of the year, whose figures would take room beside it.
  const stretch = settings.brief ? undefined : busiestStretch(calm, from, to)
  onProgress?.(() => 'what if: a broken function, a late Scheduler, throttling, no audit')
  const trials = stretch === undefined ? [] : await runTrials(engine, stretch, common, config)
  const gathering = gather(calm, { from, to, rotatedAt, secretsOf })
  const rehearsed = await engine({
    ...common,
    ...{ config: calm, from, to, faults, rotatedAt },
    onWave: gathering.onWave,
    onTold: gathering.onTold,
    onProgress: (done, of) => onProgress?.(() => `rehearsed ${done} of ${of} occurrences`),
  })
  const happened = gathering.end()
  return {
    ...{ config, from, to, seed, faults, happened, rehearsed, trials, stretch },
    ...judge({ config, happened, rehearsed, faults, tookMs }),
    approvals: approvalsBetween(config, from, to),
    cost: costOf({ ...settings, config, known }, rehearsed),
    known: {
      ...inWords(settings.config, settings.known, assumedMs),
      ...placesInWords(settings.config, home),
    },
  }
}

/** Nothing is found of a timeout that a guess alone is longer than. */
function assumedOf(
  config: Config,
  { known, assumedMs }: Pick<RehearsalSettings, 'known' | 'assumedMs'>,
): (secret: string) => number {
  if (assumedMs !== undefined) return () => assumedMs
  const half = new Map<string, number>()
  for (const schedule of enforced(config))
    for (const secret of secretsIn(schedule, known)) {
      const name = secretNameOf(secret)
      half.set(name, Math.min(schedule.timeoutSeconds * 500, half.get(name) ?? ASSUMED_MS))
    }
  return (secret) => half.get(nameInKey(secretNameOf(secret))) ?? ASSUMED_MS
}

/** By a key of the ledger, a name or an ARN. */
function byAnyId(known: Map<string, number>): (secret: string) => number | undefined {
  const byName = new Map([...known].map(([key, value]) => [nameInKey(key), value]))
  return (secret) => known.get(secret) ?? byName.get(nameInKey(secretNameOf(secret)))
}

const MONTH = 30 * DAY

/** By what was rehearsed, a month of the period; of less than a month, by what is due within one. */
function costOf({ config, known, from, to, ownKey = false }: RehearsalSettings, rehearsed: Rehearsed): Cost {
  const schedules = enforced(config)
  const end = Math.max(to, from + MONTH)
  const { rotations, waves, sampled } =
    end === to ? rehearsed : { ...dueBetween(config, known, { from, to: end }), sampled: undefined }
  const monthly = (count: number) =>
    (count * (sampled ? sampled.of / sampled.taken : 1) * MONTH) / (end - from)
  const keysOf = (some: Schedule[]) =>
    new Set(some.flatMap((it) => secretsIn(it, known).map((secret) => secretKeyOf(secret, it.place)))).size
  return monthlyCost({
    ...{ rotationsPerMonth: monthly(rotations), wavesPerMonth: monthly(waves), ownKey },
    ...{ schedules: schedules.length, secrets: keysOf(schedules) },
    adoptionSecrets: keysOf(schedules.filter(({ adoption }) => adoption)),
  })
}

function dueBetween(config: Config, known: StageKnown, { from, to }: { from: number; to: number }) {
  const due = { waves: 0, rotations: 0 }
  for (const schedule of enforced(config)) {
    const waves = unfrozenBetween(config, schedule, from, to)
    due.waves += waves
    due.rotations += waves * secretsIn(schedule, known).length
  }
  return due
}

/** What names the stage's own account or region is no other place. */
function seenFrom(home: Home, config: Config): Config {
  const schedules = config.schedules.map(({ place, ...schedule }) => {
    const there = placeFrom(home, place)
    return { ...schedule, ...(there && { place: there }) }
  })
  return { ...config, schedules }
}

/** Where the file does not say where the stage lives, what schedules name may be there. */
function placesInWords(config: Config, home: Home): { places?: string } {
  const keys = ['account', 'region'] as const
  const missing = keys.filter((key) => home[key] === undefined)
  const naming = enforced(config).filter(({ place }) => missing.some((key) => place?.[key] !== undefined))
  if (naming.length === 0) return {}
  const names = naming.map(({ name }) => name).join(', ')
  return {
    places: `taken for others than the stage’s own, for stage: names no ${missing.join(' and no ')}: ${names}`,
  }
}

function withoutApprovals(config: Config): Config {
  return { ...config, schedules: config.schedules.map(({ approval: _, ...schedule }) => schedule) }
}

function secretsIn({ name, secrets, select }: Schedule, { chosen }: StageKnown): string[] {
  return select === undefined ? secrets : (chosen.get(name) ?? madeUpFor({ name, select }))
}

function madeUpFor({ name, select }: Pick<Schedule, 'name' | 'select'>): string[] {
  return Array.from({ length: MADE_UP }, (_, index) => `${select?.prefix ?? `${name}/`}${index + 1}`)
}

/** By selector: what it was seen to choose, or made-up names. A mere prefix chooses what others have that begins so, too. */
function chosenIn(config: Config, known: StageKnown): StageKnown['chosen'] {
  const schedules = enforced(config)
  const chosen = new Map(known.chosen)
  for (const { name, select, place } of schedules) {
    if (select === undefined || known.chosen.has(name)) continue
    const { prefix, tags = {} } = select
    const isTheirs = (secret: string, of: Schedule) =>
      prefix !== undefined &&
      Object.keys(tags).length === 0 &&
      secretNameOf(secret).startsWith(prefix) &&
      placeKey(of.place) === placeKey(place)
    const others = schedules.flatMap((it) => secretsIn(it, known).filter((secret) => isTheirs(secret, it)))
    chosen.set(name, [...new Set([...others, ...madeUpFor({ name, select })])])
  }
  return chosen
}

function approvalsBetween(config: Config, from: number, to: number): number {
  return enforced(config)
    .filter(({ approval }) => approval)
    .reduce((sum, schedule) => sum + unfrozenBetween(config, schedule, from, to), 0)
}

function unfrozenBetween(config: Config, schedule: Schedule, from: number, to: number): number {
  const freezes = freezesKept(config.freezes, schedule)
  let count = 0
  for (const at of calendarOf(schedule).between(from, to)) if (!frozenBy(freezes, at)) count++
  return count
}

function inWords(config: Config, known: StageKnown, assumedMs: number | undefined): Rehearsal['known'] {
  const keys = new Set(
    enforced(config).flatMap((schedule) =>
      secretsIn(schedule, known).map((secret) => secretKeyOf(secret, schedule.place)),
    ),
  )
  const some = [...keys]
  const took = some.filter((key) => known.tookMs.has(key)).length
  const last = some.filter((key) => known.rotatedAt.has(key)).length
  const madeUp = enforced(config).filter(({ name, select }) => select && !known.chosen.has(name))
  const shorter = assumedMs === undefined ? ', half its timeout where that is shorter' : ''
  const assumed = `${formatDuration(assumedMs ?? ASSUMED_MS)} each${shorter}`
  return {
    durations:
      took === 0
        ? `assumed: ${assumed}`
        : `of ${took} of ${keys.size} secrets from the ledger${took < keys.size ? `; the others assumed: ${assumed}` : ''}`,
    last:
      last === 0
        ? 'not known: ages count from the beginning'
        : `of ${last} of ${keys.size} secrets from the ledger${last < keys.size ? '; of the others not known' : ''}`,
    ...(madeUp.length > 0 && {
      madeUp: `made up, ${MADE_UP} each, where selectors choose: ${madeUp.map(({ name }) => name).join(', ')}`,
    }),
  }
}
