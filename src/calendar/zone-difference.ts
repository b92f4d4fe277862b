import { DAY } from '../model/time.ts'
import { calendarOf } from './calendar.ts'
import { type Expression, expressionKind } from './expression.ts'
import type { Interval } from './freezes.ts'
import { offsetByRuntime, offsetOf } from './offset.ts'
import { clockBy, type WallClock, wallClock } from './wall-clock.ts'
import { ZONE_DATA } from './zone-data.ts'
import type { ZoneTable } from './zone-table.ts'

/** Zone data of one release: ours, or what others may go by. */
export type ZoneData = { release: string; clockOf(timezone: string): WallClock }

export function zoneDataOf(table: ZoneTable): ZoneData {
  return { release: table.release, clockOf: memoized((timezone) => clockBy(offsetOf(timezone, table))) }
}

/** What the calendar goes by. */
export const OURS: ZoneData = { release: ZONE_DATA.release, clockOf: wallClock }

/** What this Node carries: perhaps older than ours, perhaps newer; the nearest that we have to what AWS goes by. */
export const RUNTIME: ZoneData = {
  release: process.versions.tz ?? 'unknown',
  clockOf: memoized((timezone) => clockBy(offsetByRuntime(timezone))),
}

/** Whether our table leaves the instant to the runtime (epoch ms). */
export function isBeyond(instant: number): boolean {
  return instant < Date.parse(ZONE_DATA.from) || instant >= Date.parse(ZONE_DATA.to)
}

function memoized(make: (timezone: string) => WallClock): (timezone: string) => WallClock {
  const made = new Map<string, WallClock>()
  return (timezone) => {
    const clock = made.get(timezone) ?? make(timezone)
    made.set(timezone, clock)
    return clock
  }
}

/** An occurrence (epoch ms), and where other zone data put it: undefined where they skip that local time. */
export type Moved = { ours: number; theirs: number | undefined }

/** The instant that other zone data give an occurrence's local time; undefined where they skip it. */
export function elsewhere(
  timezone: string,
  instant: number,
  ours = OURS,
  theirs = RUNTIME,
): number | undefined {
  const local = instant + ours.clockOf(timezone).offsetAt(instant)
  const stretch = theirs.clockOf(timezone).endingAfterLocal(local)
  return local < stretch.from ? undefined : local - stretch.offset
}

/** Whether the schedule's instants come from local times: a `rate()` counts, and UTC is UTC. */
export function goesByZone({ when, timezone }: Expression): boolean {
  return timezone !== 'UTC' && expressionKind(when) !== 'rate'
}

/** Occurrences in [from, to) that other zone data put elsewhere, in order. */
export function* movedOccurrences(
  schedule: Expression,
  from: number,
  to: number,
  ours = OURS,
  theirs = RUNTIME,
): Generator<Moved> {
  if (!goesByZone(schedule)) return
  const { when, timezone } = schedule
  const spans = disagreements(timezone, from, to, ours, theirs)
  const calendar = calendarOf({ ...schedule, when }, ours.clockOf(timezone))
  for (const span of spans)
    for (const at of calendar.between(Math.max(from, span.from), Math.min(to, span.to))) {
      const there = elsewhere(timezone, at, ours, theirs)
      if (there !== at) yield { ours: at, theirs: there }
    }
}

/** Where the two give different offsets, and a day around: a local time may be another day's for the other. */
function disagreements(
  timezone: string,
  from: number,
  to: number,
  ours: ZoneData,
  theirs: ZoneData,
): Interval[] {
  const [a, b] = [ours.clockOf(timezone), theirs.clockOf(timezone)]
  const begin = from - DAY
  const edges = [a, b].flatMap((clock) => clock.changes(begin, to + DAY).map(({ instant }) => instant))
  const found: Interval[] = []
  const instants = [begin, ...[...new Set(edges)].sort((x, y) => x - y), to + DAY]
  for (const [index, at] of instants.slice(0, -1).entries()) {
    if (a.offsetAt(at) === b.offsetAt(at)) continue
    const span = { from: at - DAY, to: (instants[index + 1] ?? to) + DAY }
    const last = found.at(-1)
    if (last !== undefined && span.from <= last.to) last.to = span.to
    else found.push(span)
  }
  return found
}
