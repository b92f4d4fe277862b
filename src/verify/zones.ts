import { ZONE_DATA } from '../calendar/zone-data.ts'
import { OURS, RUNTIME, type ZoneData } from '../calendar/zone-difference.ts'
import { namesIn } from '../calendar/zone-table.ts'
import type { Config } from '../config/config.ts'
import { DAY, MINUTE } from '../model/time.ts'

/** A zone to ask Scheduler about. Offsets in minutes east; `offsets`: all that it might go by. */
export type TriedZone = { zone: string; ours: number; node: number; offsets: number[] }

const MOST = 3
const YEAR = 366 * DAY

/** Where a stage has none that says anything. */
const WELL_KNOWN = ['America/New_York', 'Europe/Berlin', 'Australia/Sydney']

/**
 * Up to three: where our table and this Node differ now, which tells most; then the stage's own whose clock changes next.
 */
export function zonesToTry({ schedules }: Pick<Config, 'schedules'>, now: number): TriedZone[] {
  const own = [...new Set(schedules.map(({ timezone }) => timezone))].filter((zone) => zone !== 'UTC')
  const tried = (zone: string): TriedZone => {
    const offset = (data: ZoneData) => Math.round(data.clockOf(zone).offsetAt(now) / MINUTE)
    const changes = OURS.clockOf(zone).changes(now - YEAR, now + YEAR)
    const others = changes
      .flatMap(({ before, after }) => [before, after])
      .map((ms) => Math.round(ms / MINUTE))
    const [a, b] = [offset(OURS), offset(RUNTIME)]
    return { zone, ours: a, node: b, offsets: [...new Set([a, b, ...others])].slice(0, 3) }
  }
  const nextChange = (zone: string) => OURS.clockOf(zone).changes(now, now + YEAR)[0]?.instant ?? Infinity
  const differing = [...own, ...namesIn(ZONE_DATA)].filter(
    (zone) => OURS.clockOf(zone).offsetAt(now) !== RUNTIME.clockOf(zone).offsetAt(now),
  )
  const bySoonest = [...own].sort((a, b) => nextChange(a) - nextChange(b))
  return [...new Set([...differing, ...bySoonest, ...WELL_KNOWN])].slice(0, MOST).map(tried)
}
