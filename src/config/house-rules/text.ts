import type { HouseRule } from '../config.ts'
import { writeDuration } from '../duration.ts'

type Hours = NonNullable<HouseRule['never']>[number]

/** `08:00–18:00 MON-FRI Europe/London`. */
export function hoursText({ from = '00:00', to = '24:00', days, timezone }: Hours): string {
  const time = from === '00:00' && to === '24:00' ? 'the whole day' : `${from}–${to}`
  const when = days === undefined ? time : `${time} ${days}`
  return timezone === undefined ? when : `${when} ${timezone}`
}

/** What a rule asks for, an item each. */
export function demandsOf({ maxAgeSeconds, never, approval, owner, windowSeconds }: HouseRule): string[] {
  return [
    ...(maxAgeSeconds === undefined ? [] : [`a rotation every ${writeDuration(maxAgeSeconds)} at least`]),
    ...(never ?? []).map((hours) => `no start in ${hoursText(hours)}`),
    ...(approval ? ['an approval'] : []),
    ...(owner ? ['an owner'] : []),
    ...(windowSeconds === undefined ? [] : [`a window of ${writeDuration(windowSeconds)} or more`]),
  ]
}

/** Whom a rule is for, an item each; empty: every schedule. */
export function reachOf({ schedules = [], secrets = [] }: HouseRule): string[] {
  return [...schedules.map((name) => `schedule ${name}`), ...secrets.map((prefix) => `secrets ${prefix}…`)]
}
