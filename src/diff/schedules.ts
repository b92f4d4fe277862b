import { isDeepStrictEqual } from 'node:util'
import type { Config, Schedule } from '../config/config.ts'
import { type FieldChange, fieldsOf } from './fields.ts'
import { byDay, compareInstants, type Instants } from './instants.ts'
import { type Absence, NONE, type Occurrences, type occurrencesBy } from './occurrences.ts'

/** One schedule that is not what it was. Instants are epoch ms. */
export type ScheduleDiff = Instants & {
  /** HEAD's, where it has it. */
  name: string
  change: 'added' | 'removed' | 'renamed' | 'changed'
  /** The name that a renamed one had in BASE. */
  was?: string
  fields: FieldChange[]
  before?: FirstOccurrence
  after?: FirstOccurrence
  /** Of the lost those that a freeze of HEAD swallows, of the gained those that one of BASE swallowed. */
  frozen: { at: number; freeze: string }[]
  /** Lost and gained whose partner of the same local day lies past the year's end. */
  beyond: number[]
}

/** A schedule on one side: whose clock, and its first occurrence of all, if it has one. */
export type FirstOccurrence = { timezone: string; next: number | undefined }

export type SideOf = { config: Config; occurrences: ReturnType<typeof occurrencesBy> }

/** Schedules that differ, or whose instants do, in HEAD's order; those that are no more at the end. */
export function compareSchedules(base: SideOf, head: SideOf): ScheduleDiff[] {
  const sameFreezes = isDeepStrictEqual(base.config.freezes, head.config.freezes)
  return pairs(base.config, head.config).flatMap(([before, after]) => {
    const fields = fieldsOf(before, after)
    // What tells no other time, under the same freezes, need not be asked for a year of it.
    const sameTimes = before && after && sameFreezes && !fields.some(({ field }) => TIMING.has(field))
    const instants = sameTimes ? UNCHANGED : instantsOf(base, before, head, after)
    const touched = instants.gained.length + instants.lost.length + instants.moved.length > 0
    const change = changeOf(before, after)
    if (change === 'changed' && fields.length === 0 && !touched) return []
    return {
      ...{ name: after?.name ?? before?.name ?? '', change, fields, ...instants },
      ...(before && change === 'renamed' && { was: before.name }),
      ...(before && { before: firstOf(before, base) }),
      ...(after && { after: firstOf(after, head) }),
    }
  })
}

function changeOf(before: Schedule | undefined, after: Schedule | undefined): ScheduleDiff['change'] {
  if (before === undefined) return 'added'
  if (after === undefined) return 'removed'
  return before.name === after.name ? 'changed' : 'renamed'
}

function firstOf(schedule: Schedule, { occurrences }: SideOf): FirstOccurrence {
  return { timezone: schedule.timezone, next: occurrences.next(schedule) }
}

const TIMING = new Set(['enabled', 'when', 'timezone', 'start', 'ignoreFreezes'])

const UNCHANGED = { gained: [], lost: [], moved: [], frozen: [], beyond: [] }

type Pair = [before: Schedule | undefined, after: Schedule | undefined]

/** By name. One that went is one that came where they differ in nothing but the name, and no third is like them. */
function pairs(base: Config, head: Config): Pair[] {
  const before = new Map(base.schedules.map((schedule) => [schedule.name, schedule]))
  const after = new Map(head.schedules.map((schedule) => [schedule.name, schedule]))
  const gone = likes(base.schedules.filter(({ name }) => !after.has(name)))
  const come = likes(head.schedules.filter(({ name }) => !before.has(name)))
  const renamed = new Map<Schedule, Schedule>()
  for (const [like, [one, ...others]] of come) {
    const [old, ...olds] = gone.get(like) ?? []
    if (one && old && others.length === 0 && olds.length === 0) renamed.set(one, old)
  }
  const old = new Set(renamed.values())
  return [
    ...head.schedules.map((schedule): Pair => [before.get(schedule.name) ?? renamed.get(schedule), schedule]),
    ...base.schedules
      .filter((schedule) => !after.has(schedule.name) && !old.has(schedule))
      .map((schedule): Pair => [schedule, undefined]),
  ]
}

function likes(schedules: Schedule[]): Map<string, Schedule[]> {
  return Map.groupBy(schedules, ({ name: _, ...rest }) => JSON.stringify(rest))
}

function instantsOf(
  base: SideOf,
  before: Schedule | undefined,
  head: SideOf,
  after: Schedule | undefined,
): Instants & Pick<ScheduleDiff, 'frozen' | 'beyond'> {
  const was = before ? base.occurrences.within(before) : NONE
  const is = after ? head.occurrences.within(after) : NONE
  const instants = compareInstants(was, is)
  const why = [...absences(instants.lost, was, is), ...absences(instants.gained, is, was)].sort(
    (a, b) => a.at - b.at,
  )
  return {
    ...instants,
    frozen: why.flatMap((it) => ('freeze' in it ? [{ at: it.at, freeze: it.freeze }] : [])),
    beyond: why.flatMap((it) => ('beyond' in it ? [it.at] : [])),
  }
}

/**
 * Why instants of one side have no partner on the other: it has that very one, or on the same local day another that the
 * first side does not know, but a freeze swallows it, or it lies past the year's end. Each explains one.
 */
function absences(unpaired: number[], own: Occurrences, other: Occurrences): ({ at: number } & Absence)[] {
  const exact = new Set(unpaired)
  const candidates = [...other.others.keys()].filter((at) => !own.others.has(at) && !exact.has(at))
  const ofDay = byDay(candidates, other.dayOf)
  return unpaired.flatMap((at) => {
    const why = other.others.get(
      other.others.has(at) ? at : (ofDay.get(own.dayOf(at))?.shift() ?? Number.NaN),
    )
    return why === undefined ? [] : [{ at, ...why }]
  })
}
