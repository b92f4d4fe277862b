import { affectedBy, formatTimes, saferThan } from '../../calendar/clock-changes.ts'
import { parseCron } from '../../calendar/cron.ts'
import { expressionKind } from '../../calendar/expression.ts'
import { formatDate, formatDuration, formatLocal } from '../../calendar/format.ts'
import { longestGap, type Unfrozen } from '../../calendar/unfrozen.ts'
import { OURS, RUNTIME, type ZoneData } from '../../calendar/zone-difference.ts'
import { zoneWarning } from '../../calendar/zone-warning.ts'
import { hasByName } from '../../model/consumers.ts'
import { secretKeyOf } from '../../model/identity.ts'
import { aheadMsOf } from '../../model/limits.ts'
import { placeFrom, placeKey } from '../../model/place.ts'
import { REGIONS } from '../../model/regions.ts'
import { secretNameOf } from '../../model/secret.ts'
import { DAY } from '../../model/time.ts'
import type { Config, Schedule } from '../config.ts'
import { type BrokenRule, judgeRules } from '../house-rules/judge.ts'
import type { StageSettings } from '../stage-settings.ts'
import { oneOf } from '../suggest.ts'
import { acknowledge } from './acknowledged.ts'
import { firstCollision } from './collisions.ts'
import { habitsOf, zoneHabit } from './habits.ts'
import { type Acknowledgement, REHEARSED, type ScheduleWarning, type Warning } from './names.ts'
import { HORIZON_MS, type Subject, subjectOf } from './subject.ts'

const MONTH = 31 * DAY

/** What would surprise and nobody has acknowledged: see `outlookOf`. */
export function warningsOf(
  config: Config,
  now: number,
  zones?: [ours: ZoneData, theirs: ZoneData],
): Warning[] {
  return outlookOf(config, now, zones).warnings
}

/** What the 400 days to come bring, as far as a config tells. */
export type Outlook = {
  /** Rules of the stage that are not kept: errors, for nothing of it is deployed. */
  broken: BrokenRule[]
  waived: (BrokenRule & { reason: string })[]
  /** What would surprise, and nobody has acknowledged; then what somebody has. */
  warnings: Warning[]
  acknowledged: (Warning & { reason: string })[]
}

/**
 * Everything to be said of the 400 days from `now` (epoch ms). Of disabled schedules only rules say something. `pins`: where
 * the file says that the stage lives; left out by whoever has only what was compiled.
 */
export function outlookOf(
  config: Config,
  now: number,
  zones: [ours: ZoneData, theirs: ZoneData] = [OURS, RUNTIME],
  pins?: Pins,
): Outlook {
  const every = config.schedules.map((schedule) => subjectOf(schedule, config, now))
  const seen = every.filter(({ schedule }) => schedule.enabled)
  const { broken, waived, warnings } = judgeRules(config, every)
  const all = [
    ...(config.schedules.length === 0 ? [NO_SCHEDULES] : []),
    ...config.freezes.flatMap(({ timezone }, index) => {
      const found = zoneHabit(timezone, `freezes.${index}.timezone`)
      return found ? { schedule: null, ...found } : []
    }),
    ...seen.flatMap((one) =>
      warningsOfSchedule(one, zones).map((found) => ({ schedule: one.schedule.name, ...found })),
    ),
    ...collisions(seen, pins),
    ...twoStrategies(config.schedules, pins),
    ...warnings,
    ...(pins === undefined ? [] : [...unpinned(pins), ...pinnedNowhere(pins)]),
  ]
  const { left, acknowledged, unused } = acknowledge(all, config, {
    isSeen: (name) => !UNSEEN.includes(name),
  })
  return { broken, waived, warnings: [...left, ...unused], acknowledged }
}

/** Found by the machine, by what is not compiled, or by `rehearse`: not seen everywhere. */
const UNSEEN: Acknowledgement['warning'][] = ['zone-data', 'unpinned', 'unknown-region', ...REHEARSED]

function warningsOfSchedule(one: Subject, zones: [ZoneData, ZoneData]): ScheduleWarning[] {
  return [
    ...habitsOf(one.schedule),
    ...unknownRegions(one.schedule),
    ...neverAgain(one),
    ...otherZoneData(one, zones),
    ...clockChanges(one),
    ...frozenRuns(one),
    ...windowBeyondGap(one),
    ...olderThanMaxAge(one),
  ]
}

const NO_SCHEDULES: Warning = {
  name: 'no-schedules',
  schedule: null,
  field: 'schedules',
  message: 'no schedule stands here: a deploy deletes every one that the stage has',
  hint: 'write the schedules back, unless the stage is to rotate nothing any more',
}

/** Where a stage lives, as far as its file says. */
type Pins = Pick<StageSettings, 'account' | 'region'>

const PIN_EXAMPLES = { account: `account: '123456789012'`, region: 'region: eu-central-1' }

function unpinned(pins: Pins): Warning[] {
  const missing = (['account', 'region'] as const).filter((key) => pins[key] === undefined)
  if (missing.length === 0) return []
  return [
    {
      name: 'unpinned',
      schedule: null,
      field: 'stage',
      message: `names no ${missing.join(' and no ')}: commands and deploys go wherever your AWS settings say`,
      hint: `write under stage: ${missing.map((key) => PIN_EXAMPLES[key]).join(', ')}`,
    },
  ]
}

function pinnedNowhere({ region }: Pins): Warning[] {
  const found = unknownRegion('stage.region', region, 'every command and deploy')
  return found === undefined ? [] : [{ schedule: null, ...found }]
}

function unknownRegions({ place, secrets }: Schedule): ScheduleWarning[] {
  const regions: [field: string, region: string | undefined][] = [
    ['region', place?.region],
    ...secrets.map((id, index): [string, string | undefined] => [`secrets.${index}`, regionOf(id)]),
  ]
  return regions.flatMap(([field, region]) => unknownRegion(field, region, 'every rotation there') ?? [])
}

function unknownRegion(field: string, region: string | undefined, what: string): ScheduleWarning | undefined {
  if (region === undefined || REGIONS.includes(region)) return undefined
  const near = REGIONS.filter((it) => it.replace(/\d+$/, '') === region.replace(/\d+$/, ''))
  const hint =
    near.length > 0
      ? `AWS has ${near.join(', ')}`
      : oneOf(region, REGIONS, { otherwise: 'write it as AWS does, such as eu-west-1' })
  return {
    name: 'unknown-region',
    field,
    message: `no region is known as ${region}: ${what} would fail`,
    hint,
  }
}

function regionOf(secret: string): string | undefined {
  return /^arn:[^:]+:secretsmanager:([^:]+):/.exec(secret)?.[1]
}

function neverAgain({ schedule, calendar, clock, now }: Subject): ScheduleWarning[] {
  if (calendar.next(now) !== undefined) return []
  const last = calendar.previous(now + 1)
  const when = last === undefined ? '' : `, it was ${formatLocal(last, clock.offsetAt(last))}`
  const message =
    expressionKind(schedule.when) === 'at'
      ? `this moment is in the past${when}`
      : `the last occurrence is in the past${when}`
  return [
    {
      name: 'past',
      field: 'when',
      message,
      hint: 'give it a future date, or remove the schedule',
    },
  ]
}

/** Once a schedule, however many of its occurrences they move. */
function otherZoneData({ schedule, now, end }: Subject, zones: [ZoneData, ZoneData]): ScheduleWarning[] {
  const warning = zoneWarning(schedule, now, end, ...zones)
  if (warning === undefined) return []
  const { message, hint } = warning
  return [{ name: 'zone-data', field: 'when', message, hint }]
}

function clockChanges(seen: Subject): ScheduleWarning[] {
  const { schedule, clock, now, end } = seen
  if (expressionKind(schedule.when) === 'at') return atTwice(seen)
  if (expressionKind(schedule.when) === 'rate') return []
  const cron = parseCron(schedule.when)
  const affected = affectedBy(cron, clock, now, end)
  if (affected.length === 0) return []
  const hint = saferThan(schedule.when, cron, clock, {
    ...{ from: now, to: end, aheadMs: aheadMsOf(schedule) },
  })
  return affected.map(({ kind, times }) => ({
    name: kind === 'skipped' ? 'clock-skips' : 'clock-repeats',
    field: 'when',
    message:
      kind === 'skipped'
        ? `clocks in ${schedule.timezone} skip ${formatTimes(times)}: no rotation then`
        : `clocks in ${schedule.timezone} show ${formatTimes(times)} twice: it rotates once, the first time`,
    hint,
  }))
}

/** AWS does not say which of the two an at() means; we count on the first, as for cron(). */
function atTwice({ schedule, calendar, clock, now }: Subject): ScheduleWarning[] {
  const at = calendar.next(now)
  if (at === undefined) return []
  const change = clock
    .changes(at, at + DAY)
    .find(({ before, after, instant }) => at >= instant - (before - after))
  if (change === undefined) return []
  const message = `clocks in ${schedule.timezone} show ${formatTimes([at + change.before])} twice: it rotates the first time`
  const hint = `a safe time near it: at(${formatLocal(change.instant, change.before).slice(0, 19)})`
  return [{ name: 'clock-repeats', field: 'when', message, hint }]
}

/** Freezes, alone or with another's help, that leave more than a month between two rotations. */
function frozenRuns({ calendar, clock, frozen, occurrences, now, end }: Subject): ScheduleWarning[] {
  const warnings: ScheduleWarning[] = []
  let coveredTo = Number.NEGATIVE_INFINITY
  for (const { from, to } of frozen) {
    if (to <= now || from >= end || from < coveredTo) continue
    const first = calendar.next(from - 1)
    if (first === undefined || first >= to) continue
    const before = occurrences.previous(first)
    const after = occurrences.next(first)
    coveredTo = after ?? Number.POSITIVE_INFINITY
    if (after !== undefined && after - (before ?? now) <= MONTH) continue
    const skipped = Array.from(calendar.between(first, Math.min(coveredTo, end + HORIZON_MS))).length
    const dateOf = (at: number) => formatDate(at + clock.offsetAt(at))
    const since =
      before === undefined ? '' : `, ${formatDuration((after ?? end) - before)} without a rotation`
    warnings.push({
      name: 'frozen-out',
      field: 'when',
      message: `freezes stop ${stoppedText(skipped, dateOf(first))}; ${followingText(after, dateOf)}${since}`,
      hint: 'move the schedule, shorten the freeze, or name it under ignoreFreezes with a reason',
    })
  }
  return warnings
}

function stoppedText(count: number, first: string): string {
  return count === 1 ? `the occurrence of ${first}` : `all ${count} occurrences from ${first} on`
}

function followingText(after: number | undefined, dateOf: (at: number) => string): string {
  return after === undefined ? 'none follows' : `the next after it is on ${dateOf(after)}`
}

function windowBeyondGap({ schedule, calendar, clock, now, end }: Subject): ScheduleWarning[] {
  const window = schedule.windowSeconds * 1000
  let before: number | undefined
  for (const at of calendar.between(now, end)) {
    if (before !== undefined && at - before < window)
      return [
        {
          name: 'window-overlaps',
          field: 'window',
          message: `the window of ${formatDuration(window)} is still open when the next occurrence comes, ${formatDuration(at - before)} after ${formatLocal(before, clock.offsetAt(before))}`,
          // No window under two minutes is of use.
          hint:
            at - before < 120_000
              ? 'rotate less often'
              : `make the window ${formatDuration(at - before)} or shorter, or rotate less often`,
        },
      ]
    before = at
  }
  return []
}

function olderThanMaxAge({ schedule, clock, occurrences, now, end }: Subject): ScheduleWarning[] {
  if (schedule.maxAgeSeconds === undefined) return []
  const maxAge = schedule.maxAgeSeconds * 1000
  const gap = longestGap(occurrences, now, end)
  if (gap === undefined || gap.to - gap.from <= maxAge) return []
  const [from, to] = [gap.from, gap.to].map((at) => formatDate(at + clock.offsetAt(at)))
  return [
    {
      name: 'older-than-max-age',
      field: 'maxAge',
      message: `from ${from} to ${to} no rotation is due for ${formatDuration(gap.to - gap.from)}, longer than maxAge (${formatDuration(maxAge)})`,
      hint: 'rotate more often, or raise maxAge above the longest gap',
    },
  ]
}

/** Each pair of schedules with a secret in common, once, reported at the later of the two. */
function collisions(seen: Subject[], pins: Pins = {}): Warning[] {
  const holders = new Map<string, Subject[]>()
  return seen.flatMap((one) => {
    /** Each other schedule, and the first secret in common. */
    const met = new Map<Subject, number>()
    for (const [index, id] of one.schedule.secrets.entries()) {
      const key = secretKeyOf(id, placeFrom(pins, one.schedule.place))
      const others = holders.get(key) ?? []
      for (const other of others) if (!met.has(other)) met.set(other, index)
      if (!others.includes(one)) holders.set(key, [...others, one])
    }
    return [...met].flatMap(([other, index]) => {
      const hit = firstCollision(timed(other), timed(one), one.now, one.end)
      return hit === undefined ? [] : [collision(other, one, `secrets.${index}`, hit)]
    })
  })
}

/** One rotation function: whether two users take turns is said of each schedule that has the secret, or of none. */
function twoStrategies(schedules: Schedule[], pins: Pins = {}): Warning[] {
  const hereOf = ({ place }: Schedule) => placeFrom(pins, place)
  const turning = schedules.filter(({ strategy }) => strategy === 'alternating')
  if (turning.length === 0) return []
  const listed = new Map(
    turning.flatMap((one) =>
      one.secrets.map((id): [string, Schedule] => [secretKeyOf(id, hereOf(one)), one]),
    ),
  )
  const choosing = turning.filter(({ select }) => select !== undefined)
  return schedules.flatMap((one): Warning[] => {
    if (one.strategy === 'alternating') return []
    const isHere = (it: Schedule) => placeKey(hereOf(it)) === placeKey(hereOf(one))
    const chosenBy = (id: string) => choosing.find((it) => isHere(it) && hasByName(secretNameOf(id), it))
    const otherOf = (id: string) => listed.get(secretKeyOf(id, hereOf(one))) ?? chosenBy(id)
    const index = one.secrets.findIndex((id) => otherOf(id) !== undefined)
    const other =
      one.select === undefined
        ? otherOf(one.secrets[index] ?? '')
        : turning.find((it) => isHere(it) && it.secrets.some((id) => hasByName(secretNameOf(id), one)))
    if (other === undefined) return []
    return [
      {
        name: 'two-strategies',
        schedule: one.name,
        field: index < 0 ? 'secrets' : `secrets.${index}`,
        message: `${other.name} says that two users of it take turns (strategy: alternating), and this schedule does not`,
        hint: 'say the same in both, as its rotation function does',
      },
    ]
  })
}

function timed({ schedule, occurrences }: Subject): { occurrences: Unfrozen; windowMs: number } {
  return { occurrences, windowMs: schedule.windowSeconds * 1000 }
}

function collision(other: Subject, one: Subject, field: string, hit: { a: number; b: number }): Warning {
  const at = formatLocal(hit.b, one.clock.offsetAt(hit.b))
  const apart =
    hit.a === hit.b
      ? 'at the same moment'
      : `${formatDuration(Math.abs(hit.a - hit.b))} ${hit.b > hit.a ? 'after' : 'before'}`
  return {
    name: 'shared-secret',
    schedule: one.schedule.name,
    field,
    message: `${other.schedule.name} rotates this secret too: ${at} is ${apart === 'at the same moment' ? apart : `${apart} it, within the window`}`,
    hint: 'leave the secret to one of the two, or set them further apart than the window',
  }
}
