import { ZONE_DATA } from './zone-data.ts'
import { namesIn } from './zone-table.ts'

let names: Set<string> | undefined

/** All names of the IANA database, made once: the list is 600 long. Short ones first: UTC before Etc/UTC. */
function allNames(): Set<string> {
  names ??= new Set(namesIn(ZONE_DATA).sort((a, b) => a.length - b.length))
  return names
}

/**
 * Whether AWS takes the name as a schedule's time zone: a name of the IANA database, in its own capitals (Scheduler API,
 * ScheduleExpressionTimezone). Offsets such as +09:00 and abbreviations such as JST, which some runtimes know, are none.
 */
export function isTimezone(name: string): boolean {
  return allNames().has(name)
}

/** Every name, short ones first. */
export function timezoneNames(): Iterable<string> {
  return allNames()
}
