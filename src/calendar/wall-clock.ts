import { DAY } from '../model/time.ts'
import { offsetOf } from './offset.ts'
import type { OffsetAt } from './zone-table.ts'

/**
 * Wall clocks, as stretches of local time that map one to one to instants.
 *
 * A zone's local time line is cut at every change of its offset. A forward change leaves a gap between two stretches:
 * local times that never happen. A backward change would make two stretches overlap; the later one then begins where
 * the earlier ends, so that a local time which happens twice belongs to its first. What remains increases strictly in
 * local time and in instants alike, and skipping gaps and running doubles once, first, needs no further thought.
 *
 * "Local" numbers are milliseconds as if the clock on the wall showed UTC.
 */
type Stretch = { from: number; to: number; offset: number }

export type WallClock = {
  /** The earliest stretch that ends after the local time; it begins later than `local` where that lies in a gap. */
  endingAfterLocal(local: number): Stretch
  /** The earliest stretch that ends after the instant; it begins later where the instant repeats local times. */
  endingAfter(instant: number): Stretch
  /** The latest stretch that begins before the instant. */
  beginningBefore(instant: number): Stretch
  /** Offset from UTC in ms at an instant, on the second pass of a repeated hour too. */
  offsetAt(instant: number): number
  /** Every change of offset in [from, to). */
  changes(from: number, to: number): ClockChange[]
}

export type ClockChange = { instant: number; before: number; after: number }

/** Offsets are looked up in pages, so that a distant date costs one page and not all years between. */
const PAGE = 100 * DAY
/** More than any overlap plus any offset: what a page knows beyond its edges. */
const MARGIN = 4 * DAY
/**
 * Looks for changes stand so far apart. Two that undo one another would go unseen in between, but the closest there are
 * since 1970 stand a week apart (Brazil's north-east, October 2000).
 */
const LOOK = 4 * DAY

type Page = { changes: ClockChange[]; firstOffset: number; stretches: Stretch[] }

const clocks = new Map<string, WallClock>()

/** Cached for the life of the process: its data come with the program. */
export function wallClock(timezone: string): WallClock {
  let clock = clocks.get(timezone)
  if (clock === undefined) {
    clock = clockBy(offsetOf(timezone))
    clocks.set(timezone, clock)
  }
  return clock
}

/** When a day (since 1970-01-01) begins by a zone's clock, epoch ms; a midnight that clocks skip is when they jump. */
export function startOfDay(day: number, timezone: string): number {
  const stretch = wallClock(timezone).endingAfterLocal(day * DAY)
  return Math.max(day * DAY, stretch.from) - stretch.offset
}

/** A clock that goes by these offsets: other data than ours, to compare with. */
export function clockBy(offsetAt: OffsetAt): WallClock {
  const pages = new Map<number, Page>()
  const pageOf = (time: number): Page => {
    const index = Math.floor(time / PAGE)
    let page = pages.get(index)
    if (page === undefined) {
      page = readPage(offsetAt, index * PAGE - MARGIN, (index + 1) * PAGE + MARGIN)
      pages.set(index, page)
    }
    return page
  }
  return {
    endingAfterLocal: (local) => first(pageOf(local).stretches, (stretch) => stretch.to > local),
    endingAfter: (instant) =>
      first(pageOf(instant).stretches, (stretch) => stretch.to - stretch.offset > instant),
    beginningBefore: (instant) =>
      last(pageOf(instant).stretches, (stretch) => stretch.from - stretch.offset < instant),
    offsetAt: (instant) => {
      const page = pageOf(instant)
      return page.changes.findLast((change) => change.instant <= instant)?.after ?? page.firstOffset
    },
    changes: (from, to) => {
      // Neighbouring pages know some changes twice.
      const found = new Map<number, ClockChange>()
      for (let time = from; ; time = Math.min(time + PAGE, to)) {
        for (const change of pageOf(time).changes)
          if (change.instant >= from && change.instant < to) found.set(change.instant, change)
        if (time >= to) return [...found.values()]
      }
    },
  }
}

function readPage(offsetAt: OffsetAt, from: number, to: number): Page {
  const firstOffset = offsetAt(from)
  const changes = changesBetween(offsetAt, from, to)
  const stretches: Stretch[] = []
  let offset = firstOffset
  let begins = from + firstOffset
  for (const { instant, after } of [...changes, { instant: to, after: 0 }]) {
    // A stretch can vanish whole in a longer overlap that is still being run through.
    if (instant + offset > begins) stretches.push({ from: begins, to: instant + offset, offset })
    begins = Math.max(stretches.at(-1)?.to ?? begins, instant + after)
    offset = after
  }
  return { changes, firstOffset, stretches }
}

/** Every change after `from` and before `to`, both whole seconds, as changes are. */
function changesBetween(offsetAt: OffsetAt, from: number, to: number): ClockChange[] {
  const changes: ClockChange[] = []
  let [at, before] = [from, offsetAt(from)]
  while (at < to) {
    const look = Math.min(at + LOOK, to)
    if (offsetAt(look) === before) {
      at = look
      continue
    }
    let [same, other] = [at / 1000, look / 1000]
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2)
      if (offsetAt(middle * 1000) === before) same = middle
      else other = middle
    }
    at = other * 1000
    const after = offsetAt(at)
    if (at < to) changes.push({ instant: at, before, after })
    before = after
  }
  return changes
}

function first(stretches: Stretch[], matches: (stretch: Stretch) => boolean): Stretch {
  for (const stretch of stretches) if (matches(stretch)) return stretch
  throw new RangeError('a page of offsets does not reach as far as it should')
}

function last(stretches: Stretch[], matches: (stretch: Stretch) => boolean): Stretch {
  for (let i = stretches.length - 1; i >= 0; i--) {
    const stretch = stretches[i]
    if (stretch !== undefined && matches(stretch)) return stretch
  }
  throw new RangeError('a page of offsets does not reach as far as it should')
}
