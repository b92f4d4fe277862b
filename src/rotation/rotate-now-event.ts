import { randomUUID } from 'node:crypto'
import { readInstant } from '../calendar/instant.ts'
import { RequestError } from '../model/errors.ts'
import { checkedEvent, type FieldCheck, flag, id, listOf, secretId, text } from './event-checks.ts'

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

/** Reads what somebody has sent. Throws RequestError, with nothing done. */
export function parseRotateNow(event: unknown): Asked {
  const checked = checkedEvent<RotateNowEvent>(event, FIELDS, { example: EXAMPLE })
  const { at: written, requestId = randomUUID(), ...asked } = checked
  const read = written === undefined ? undefined : readInstant(written)
  if (read !== undefined && 'problem' in read) {
    throw new RequestError(`at "${written}" ${read.problem}: ${read.hint}`)
  }
  return { ...asked, requestId, ...(read !== undefined && { at: read.at }) }
}

const FIELDS: Record<keyof RotateNowEvent, FieldCheck> = {
  schedule: text(64),
  secrets: listOf(secretId),
  reason: text(),
  requester: text(200),
  override: text(),
  requestId: id,
  at: text(64),
  dryRun: flag,
}

const EXAMPLE = '{"schedule": "nightly", "reason": "CHG-1234"}'
