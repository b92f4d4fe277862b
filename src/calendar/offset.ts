/** Offsets from UTC in ms, by instant. Asking costs a microsecond or two, the first object of a process 15 ms. */
export type OffsetAt = (instant: number) => number

/**
 * A zone's offset as this runtime's own time zone data have it, to the second: Intl's `longOffset` is `GMT-00:44:30`
 * where the zone had seconds once, and plain `GMT` for none. Source: Unicode TR 35, time zone format, OOOO.
 */
export function offsetOf(timezone: string): OffsetAt {
  // Nothing to ask, and the first Intl object of a process is dear.
  if (timezone === 'UTC') return () => 0
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
