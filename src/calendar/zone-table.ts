import { MINUTE } from '../model/time.ts'
import { lowerBound } from './lower-bound.ts'

/** Offsets from UTC in ms, by instant. */
export type OffsetAt = (instant: number) => number

/** Zones' offsets between two dates, of one release of the IANA database: plain data, read a zone at a time. */
export type ZoneTable = {
  /** Such as `2026f`. */
  release: string
  /** Dates, their midnight in UTC: `from` inclusive, `to` exclusive. */
  from: string
  to: string
  /**
   * Names that share a history, and the history: the offset in minutes east of Greenwich, then again and again an
   * instant (UTC) and the offset from then on. `-360 2026-03-08T08:00 -300`.
   */
  zones: readonly (readonly [names: string, history: string])[]
}

/** The table's answers for one zone, from its `from` to its `to`. Undefined where it does not know the name. */
export function offsetIn(table: ZoneTable, timezone: string): OffsetAt | undefined {
  const row = table.zones.find(([names]) => ` ${names} `.includes(` ${timezone} `))
  if (row === undefined) return undefined
  const [first = '0', ...rest] = row[1].split(' ')
  const offsets = [Number(first) * MINUTE]
  const since: number[] = []
  for (let at = 0; at < rest.length; at += 2) {
    since.push(Date.parse(`${rest[at]}Z`))
    offsets.push(Number(rest[at + 1]) * MINUTE)
  }
  // Whole milliseconds: as many changes as begin at the instant or before.
  return (instant) => offsets[lowerBound(since, instant + 1)] ?? 0
}

export function namesIn(table: ZoneTable): string[] {
  return table.zones.flatMap(([names]) => names.split(' '))
}
