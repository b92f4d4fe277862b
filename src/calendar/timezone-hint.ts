import { distance } from 'fastest-levenshtein'
import { MINUTE } from '../model/time.ts'
import { formatOffset } from './format.ts'
import { timezoneNames } from './timezone.ts'
import { wallClock } from './wall-clock.ts'

/**
 * What to write instead of a name that is no time zone. Of what means several (IST, CST), all are named; of what comes
 * near nothing, none is.
 */
export function timezoneHint(name: string): string {
  const known = ABBREVIATIONS[name.trim().toUpperCase()]
  if (known !== undefined)
    return known.length === 1
      ? `did you mean ${known[0]}?`
      : `it stands for several: write ${join(known.map((it) => `${it} (${offsetsOf(it)})`))}`
  const minutes = offsetIn(name)
  const places = minutes === undefined ? [] : steadyAt(minutes)
  if (minutes !== undefined && places.length > 0)
    return `an offset is no place: for ${formatOffset(minutes * MINUTE, 'UTC')} all year write ${join(places)}`
  const near = nearest(name)
  return near === undefined
    ? 'use an IANA name such as Europe/Paris, Asia/Tokyo or UTC'
    : `did you mean ${near}?`
}

/** What people write where a zone belongs, and the places whose clocks go by it. A test asks IANA's own abbreviations. */
export const ABBREVIATIONS: Record<string, string[]> = {
  ACDT: ['Australia/Adelaide'],
  ACST: ['Australia/Adelaide', 'Australia/Darwin'],
  ADT: ['America/Halifax'],
  AEDT: ['Australia/Sydney'],
  AEST: ['Australia/Sydney', 'Australia/Brisbane'],
  AKDT: ['America/Anchorage'],
  AKST: ['America/Anchorage'],
  AST: ['America/Halifax', 'America/Puerto_Rico', 'Asia/Riyadh'],
  AWST: ['Australia/Perth'],
  BRT: ['America/Sao_Paulo'],
  BST: ['Europe/London', 'Asia/Dhaka'],
  CAT: ['Africa/Maputo'],
  CDT: ['America/Chicago', 'America/Havana'],
  CEST: ['Europe/Paris', 'Europe/Berlin'],
  CST: ['America/Chicago', 'America/Mexico_City', 'Asia/Shanghai', 'America/Havana'],
  CT: ['America/Chicago'],
  EAT: ['Africa/Nairobi'],
  EDT: ['America/New_York'],
  EEST: ['Europe/Athens', 'Europe/Helsinki', 'Europe/Kyiv'],
  ET: ['America/New_York'],
  GST: ['Asia/Dubai', 'Pacific/Guam'],
  HKT: ['Asia/Hong_Kong'],
  ICT: ['Asia/Bangkok'],
  IDT: ['Asia/Jerusalem'],
  IST: ['Asia/Kolkata', 'Asia/Jerusalem', 'Europe/Dublin'],
  JST: ['Asia/Tokyo'],
  KST: ['Asia/Seoul'],
  LOCAL: ['UTC'],
  MDT: ['America/Denver'],
  MSK: ['Europe/Moscow'],
  MT: ['America/Denver'],
  NST: ['America/St_Johns'],
  NDT: ['America/St_Johns'],
  NZDT: ['Pacific/Auckland'],
  NZST: ['Pacific/Auckland'],
  PDT: ['America/Los_Angeles'],
  PKT: ['Asia/Karachi'],
  PST: ['America/Los_Angeles', 'Asia/Manila'],
  PT: ['America/Los_Angeles'],
  SAST: ['Africa/Johannesburg'],
  SGT: ['Asia/Singapore'],
  SST: ['Pacific/Pago_Pago', 'Asia/Singapore'],
  WAT: ['Africa/Lagos'],
  WEST: ['Europe/Lisbon'],
  WIB: ['Asia/Jakarta'],
  Z: ['UTC'],
}

/** Places whose clocks nobody turns: what an offset alone can be. Whether they still do not is looked up. */
const STEADY =
  'UTC Asia/Tokyo Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Bangkok Asia/Jakarta Asia/Dhaka Asia/Yangon Asia/Kolkata Asia/Kathmandu Asia/Karachi Asia/Kabul Asia/Dubai Asia/Tehran Europe/Moscow Europe/Istanbul Africa/Johannesburg Africa/Lagos Africa/Nairobi Atlantic/Cape_Verde America/Sao_Paulo America/Argentina/Buenos_Aires America/Puerto_Rico America/Bogota America/Panama America/Mexico_City America/Phoenix America/Noronha Pacific/Honolulu Pacific/Pago_Pago Australia/Brisbane Australia/Darwin Pacific/Noumea Pacific/Fiji Pacific/Apia'.split(
    ' ',
  )

/** Up to two places that are so many minutes east of Greenwich all year. */
export function steadyAt(minutes: number): string[] {
  return STEADY.filter((place) => {
    const [winter, summer] = offsetsIn2027(place)
    return winter === summer && winter === minutes * MINUTE
  }).slice(0, 2)
}

/** `UTC+09:00`, or `UTC-05:00 and UTC-04:00` where clocks change. */
export function offsetsOf(timezone: string): string {
  const offsets = [...new Set(offsetsIn2027(timezone))]
  return offsets.map((offset) => formatOffset(offset, 'UTC')).join(' and ')
}

function offsetsIn2027(timezone: string): [number, number] {
  const { offsetAt } = wallClock(timezone)
  return [offsetAt(Date.UTC(2027, 0, 15)), offsetAt(Date.UTC(2027, 6, 15))]
}

/** Minutes east of Greenwich in `+09:00`, `UTC+9`, `-0530`. */
function offsetIn(name: string): number | undefined {
  const found = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?([0-5]\d))?$/.exec(name.trim().toLowerCase())
  if (found === null) return undefined
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3] ?? 0))
}

/** The name that someone most likely misspelt. Of four letters or fewer, everything is near to something. */
function nearest(name: string): string | undefined {
  const wanted = plain(name)
  let best: string | undefined
  let least = wanted.length < 5 ? 1 : Math.min(4, Math.floor(wanted.length / 3) + 1)
  for (const candidate of timezoneNames()) {
    const city = candidate.slice(candidate.lastIndexOf('/') + 1)
    const away = Math.min(distance(wanted, plain(candidate)), distance(wanted, plain(city)))
    if (away < least) {
      best = candidate
      least = away
    }
  }
  return best
}

function join(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]/g, '')
}
