import type { LocalHours } from '../../src/calendar/local-hours.ts'
import { DAY } from '../../src/model/time.ts'

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const clocks = new Map<string, Intl.DateTimeFormat>()

/** Whether a zone's clock, by Node's own data, shows one of these hours: written apart from what it is compared with. */
export function isWithin(
  { from = '00:00', to = '24:00', days }: LocalHours,
  zone: string,
  at: number,
): boolean {
  const local = localAt(zone, at)
  const time = local.slice(11, 16)
  const named = namedDays(days)
  const date = Date.parse(`${local.slice(0, 10)}T00:00Z`)
  const begins = (midnight: number) => named.includes(DAYS[new Date(midnight).getUTCDay()] ?? '')
  if (from < to) return time >= from && time < to && begins(date)
  return (time >= from && begins(date)) || (time < to && begins(date - DAY))
}

function namedDays(days: string | undefined): string[] {
  if (days === undefined) return DAYS
  return days.split(',').flatMap((term) => {
    const [first = '', last = first] = term.split('-')
    const begin = DAYS.indexOf(first)
    return Array.from(
      { length: ((DAYS.indexOf(last) - begin + 7) % 7) + 1 },
      (_, n) => DAYS[(begin + n) % 7] ?? '',
    )
  })
}

/** `2026-12-07T09:00`. */
function localAt(zone: string, at: number): string {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  clocks.set(zone, clock)
  return clock.format(at).replace(' ', 'T')
}
