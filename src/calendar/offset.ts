import { ZONE_DATA } from './zone-data.ts'
import { type OffsetAt, offsetIn, type ZoneTable } from './zone-table.ts'

/**
 * A zone's offset at an instant: the one answer for whatever Tourbillon computes or shows (a test looks for others).
 * It is our own table's, whose release we choose and can say. Node carries another, AWS a third, and governments give
 * days of notice; see docs/decisions/0097. Outside of the table's years it is Intl's, as this runtime has it.
 *
 * @param timezone a name that `isTimezone` knows
 */
export function offsetOf(timezone: string, table: ZoneTable = ZONE_DATA): OffsetAt {
  if (timezone === 'UTC') return () => 0
  const within = offsetIn(table, timezone)
  if (within === undefined) return offsetByRuntime(timezone)
  const [from, to] = [Date.parse(table.from), Date.parse(table.to)]
  // Most never look beyond, and the first Intl object of a process takes 15 ms.
  let beyond: OffsetAt | undefined
  return (instant) => {
    if (instant >= from && instant < to) return within(instant)
    beyond ??= offsetByRuntime(timezone)
    return beyond(instant)
  }
}

/**
 * A zone's offset as this runtime's own time zone data have it, to the second: Intl's `longOffset` is `GMT-00:44:30`
 * where the zone had seconds once, and plain `GMT` for none. Source: Unicode TR 35, time zone format, OOOO. To compare
 * with, and for years that the table leaves out.
 */
export function offsetByRuntime(timezone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    timeZoneName: 'longOffset',
    year: 'numeric',
  })
  return (instant) => {
    const text = format.format(instant)
    const [whole, sign, hours, minutes, seconds = 0] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? []
    if (whole === undefined) throw new RangeError(`no offset in "${text}"`)
    if (sign === undefined) return 0
    const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
    return sign === '-' ? -size : size
  }
}
