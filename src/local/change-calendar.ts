import { AwsError } from '../rehearse/secrets-manager/error.ts'

/** A Change Calendar: open (or closed) but for its events. Instants are epoch ms, `to` exclusive. */
export type ChangeCalendar = {
  type: 'DEFAULT_OPEN' | 'DEFAULT_CLOSED'
  events: { from: number; to: number }[]
}

/** By name. Set up by tests: there is no API for it here. */
export type ChangeCalendars = Map<string, ChangeCalendar>

/**
 * OPEN only where all of these calendars are; `next`: when that changes, undefined where it never does.
 * Throws InvalidDocument. Source: Systems Manager API reference, GetCalendarState.
 */
export function calendarStateAt(calendars: ChangeCalendars, names: string[], at: number) {
  const asked = names.map((name) => {
    const calendar = calendars.get(name.replace(/^arn:.*:document\//, ''))
    if (!calendar) throw new AwsError('InvalidDocument', `Document with name ${name} does not exist.`)
    return calendar
  })
  const isOpen = (instant: number) => asked.every((calendar) => isOpenAt(calendar, instant))
  const open = isOpen(at)
  const next = asked
    .flatMap(({ events }) => events.flatMap(({ from, to }) => [from, to]))
    .sort((a, b) => a - b)
    .find((instant) => instant > at && isOpen(instant) !== open)
  return { state: open ? ('OPEN' as const) : ('CLOSED' as const), next }
}

function isOpenAt({ type, events }: ChangeCalendar, at: number): boolean {
  const inEvent = events.some(({ from, to }) => from <= at && at < to)
  return (type === 'DEFAULT_OPEN') !== inEvent
}
