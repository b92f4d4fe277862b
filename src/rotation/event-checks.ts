import { readInstant } from '../calendar/instant.ts'
import { RequestError } from '../model/errors.ts'
import { isSecretId, SECRET_FORM } from '../model/secret.ts'
import { atDoor, MOST_TEXT, says } from '../model/text.ts'

/**
 * What a handler's event may be, checked by hand: a schema library is 17 KB and 14 ms of a cold start for a few fields
 * (decision 0095).
 */

/** What is wrong with a value; undefined: nothing. */
export type FieldCheck = (value: unknown) => string | undefined

export const text =
  (most = MOST_TEXT): FieldCheck =>
  (value) => {
    if (typeof value !== 'string') return 'a text is expected'
    if (!says(value)) return 'it says nothing: write words, or leave it out'
    return value.length > most ? `${value.length} characters, ${most} at most` : undefined
  }

export const id: FieldCheck = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,50}$/.test(value)
    ? undefined
    : 'up to 50 letters, digits, hyphens and underscores are expected'

export const secretId: FieldCheck = (value) => {
  if (typeof value !== 'string') return 'a text is expected'
  return isSecretId(value) ? undefined : `neither a secret’s name nor its ARN: ${SECRET_FORM}`
}

export const listOf =
  (item: FieldCheck): FieldCheck =>
  (value) => {
    if (!Array.isArray(value)) return 'a list is expected, such as ["prod/orders/db"]'
    if (value.length === 0) return 'it is empty: name a secret, or leave it out'
    const wrong = value.find((one) => item(one) !== undefined)
    return wrong === undefined && !value.includes(undefined) ? undefined : `${shown(wrong)}: ${item(wrong)}`
  }

export const flag: FieldCheck = (value) =>
  typeof value === 'boolean' ? undefined : 'true or false is expected'

/** With `Z` or an offset. */
export const instant: FieldCheck = (value) => {
  const read = readInstant(value)
  return 'at' in read ? undefined : `it ${read.problem}: ${read.hint}`
}

export const wholeNumber =
  (most: number): FieldCheck =>
  (value) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
      ? undefined
      : `a whole number from 1 to ${most} is expected`

/** Most of JSON that an event may be: Lambda takes 256 KB of an asynchronous invocation. */
const MOST_BYTES = 200_000

/**
 * The event, once each of its keys is known and right, and those that it needs are there. `example`: JSON of one that
 * is. Throws RequestError, which says what to change.
 */
export function checkedEvent<Event>(
  event: unknown,
  fields: Record<keyof Event & string, FieldCheck>,
  { needs = [], example }: { needs?: (keyof Event & string)[]; example: string },
): Event {
  if (!isObject(event)) throw new RequestError(`an object is expected, such as ${example}`)
  const unknown = Object.keys(event).find((key) => !Object.hasOwn(fields, key))
  if (unknown !== undefined) {
    throw new RequestError(`unknown key "${atDoor(unknown, 100)}". Known: ${Object.keys(fields).join(', ')}`)
  }
  const lacking = needs.find((key) => event[key] === undefined)
  if (lacking !== undefined) throw new RequestError(`${lacking} is missing: write it as in ${example}`)
  if (Buffer.byteLength(JSON.stringify(event)) > MOST_BYTES) {
    throw new RequestError(`more than ${MOST_BYTES / 1_000} KB: name a schedule instead of its secrets`)
  }
  for (const [key, check] of Object.entries<FieldCheck>(fields)) {
    if (!Object.hasOwn(event, key)) continue
    const problem = check(event[key])
    if (problem !== undefined) throw new RequestError(`${key} ${shown(event[key])}: ${problem}`)
  }
  return event as Event
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as it came, short enough for a message, and without what would break its line. */
function shown(value: unknown): string {
  const quoted = JSON.stringify(value) ?? String(value)
  const json = typeof value === 'string' ? quoted.slice(1, -1) : quoted
  return `"${json.length > 100 ? `${json.slice(0, 100)}…` : json}"`
}
