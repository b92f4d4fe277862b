import { distance } from 'fastest-levenshtein'
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

/** What people write where a zone belongs, and the place they most often mean. */
const NICKNAMES: Record<string, string> = {
  jst: 'Asia/Tokyo',
  ist: 'Asia/Kolkata',
  pst: 'America/Los_Angeles',
  pdt: 'America/Los_Angeles',
  pt: 'America/Los_Angeles',
  cst: 'America/Chicago',
  cdt: 'America/Chicago',
  edt: 'America/New_York',
  et: 'America/New_York',
  bst: 'Europe/London',
  cest: 'Europe/Paris',
  z: 'UTC',
  local: 'UTC',
}

/** The zone someone most likely meant, or undefined where nothing comes close. */
export function suggestTimezone(name: string): string | undefined {
  const wanted = plain(name)
  const nickname = NICKNAMES[wanted]
  if (nickname !== undefined) return nickname
  const offset = /^(?:utc|gmt)?([+-])0?(\d{1,2})(?::?00)?$/.exec(name.trim().toLowerCase())
  // Etc/GMT signs run the other way round: nine hours east of Greenwich is Etc/GMT-9.
  if (offset !== null) return existing(`Etc/GMT${offset[1] === '+' ? '-' : '+'}${offset[2]}`)
  let best: string | undefined
  let least = Math.min(4, Math.floor(wanted.length / 3) + 1)
  for (const candidate of allNames()) {
    const city = candidate.slice(candidate.lastIndexOf('/') + 1)
    const away = Math.min(distance(wanted, plain(candidate)), distance(wanted, plain(city)))
    if (away < least) {
      best = candidate
      least = away
    }
  }
  return best
}

function existing(name: string): string | undefined {
  return isTimezone(name) ? name : undefined
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]/g, '')
}
