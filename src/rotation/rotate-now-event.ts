import { randomUUID } from 'node:crypto'
import { readInstant } from '../calendar/instant.ts'
import { RequestError } from './request.ts'

/** What an operator asks for: `serverless invoke -f rotateNow -d '{…}'`. */
export type RotateNowEvent = {
  schedule?: string
  secrets?: string[]
  reason?: string
  requester?: string
  /** Rotate in spite of freezes and holds, and why: recorded. */
  override?: string
  /** Asking twice with the same id starts it once. Default: a new one. */
  requestId?: string
  /** ISO instant; default: now. */
  at?: string
  /** Says what would happen, and does nothing. */
  dryRun?: boolean
}

/** An event as it is meant: checked, and its instant read. */
export type Asked = Omit<RotateNowEvent, 'at' | 'requestId'> & {
  requestId: string
  /** Epoch ms; absent: now. */
  at?: number
}

/** Letters of a text: it stands in every record of the wave. */
const MOST_TEXT = 2_000

/** Bytes that start an execution: Lambda takes 256 KB of an asynchronous invocation. */
const MOST_BYTES = 200_000

/**
 * Reads what somebody has sent. Checked by hand: a schema library is 17 KB and 14 ms of a cold start for eight fields
 * (decision 0095). Throws RequestError, with nothing done.
 */
export function askedIn(event: unknown): Asked {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new RequestError(`an object is expected, such as {"schedule": "nightly", "reason": "CHG-1234"}`)
  }
  const unknown = Object.keys(event).find((key) => !(key in FIELDS))
  if (unknown !== undefined) {
    throw new RequestError(`unknown key «${unknown.slice(0, 100)}». Known: ${Object.keys(FIELDS).join(', ')}`)
  }
  if (Buffer.byteLength(JSON.stringify(event)) > MOST_BYTES) {
    throw new RequestError(`more than ${MOST_BYTES / 1_000} KB: name a schedule instead of its secrets`)
  }
  for (const [key, value] of Object.entries(event)) {
    const problem = FIELDS[key as keyof RotateNowEvent](value)
    if (problem !== undefined) throw new RequestError(`${key} ${shown(value)}: ${problem}`)
  }
  const { at: text, requestId = randomUUID(), ...asked } = event as RotateNowEvent
  const read = text === undefined ? undefined : readInstant(text)
  if (read !== undefined && 'problem' in read) {
    throw new RequestError(`at «${text}» ${read.problem}: ${read.hint}`)
  }
  return { ...asked, requestId, ...(read !== undefined && { at: read.at }) }
}

/** What is wrong with a value; undefined: nothing. */
type Check = (value: unknown) => string | undefined

const text =
  (most = MOST_TEXT): Check =>
  (value) => {
    if (typeof value !== 'string') return 'a text is expected'
    // Neither blanks nor punctuation alone: what a variable that was never set leaves behind is no reason.
    if (!/[\p{L}\p{N}]/u.test(value)) return 'it says nothing: write words, or leave it out'
    return value.length > most ? `${value.length} characters, ${most} at most` : undefined
  }

const id: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,50}$/.test(value)
    ? undefined
    : 'up to 50 letters, digits, hyphens and underscores are expected'

const secretIds: Check = (value) => {
  if (!Array.isArray(value)) return 'a list is expected, such as ["prod/orders/db"]'
  if (value.length === 0) return 'it is empty: name a secret, or leave it out'
  return value.map(text(2_048)).find((problem) => problem !== undefined)
}

const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false is expected')

const FIELDS: Record<keyof RotateNowEvent, Check> = {
  schedule: text(64),
  secrets: secretIds,
  reason: text(),
  requester: text(200),
  override: text(),
  requestId: id,
  at: text(64),
  dryRun: flag,
}

/** A value as it came, short enough for a message, and without what would break its line. */
function shown(value: unknown): string {
  const quoted = JSON.stringify(value) ?? String(value)
  const json = typeof value === 'string' ? quoted.slice(1, -1) : quoted
  return `«${json.length > 100 ? `${json.slice(0, 100)}…` : json}»`
}
