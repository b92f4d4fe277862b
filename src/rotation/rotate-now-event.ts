import { randomUUID } from 'node:crypto'
import { readInstant } from '../calendar/instant.ts'
import type { CallerProof } from '../model/caller.ts'
import { RequestError } from '../model/errors.ts'
import { checkedEvent, type FieldCheck, flag, id, isObject, listOf, secretId, text } from './event-checks.ts'

/** What an operator asks for: `serverless invoke -f rotateNow -d '{…}'`. */
export type RotateNowEvent = {
  schedule?: string
  secrets?: string[]
  reason?: string
  /** A claim: whoever asks can write any. */
  requester?: string
  /** Whose request it is, proved: bound to its `requestId`. */
  proof?: CallerProof
  /** Rotate in spite of freezes and holds, and why: recorded. */
  override?: string
  /** Rotate without the go-ahead of somebody else that its schedule wants, and why: recorded, and told. */
  overrideApproval?: string
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
  proof: proofProblem,
  override: text(),
  overrideApproval: text(),
  requestId: id,
  at: text(64),
  dryRun: flag,
}

/** Of letters that change nothing of the request which they become a part of. */
export function proofProblem(value: unknown): string | undefined {
  const fits =
    isObject(value) &&
    Object.keys(value).every((key) => Object.hasOwn(PROOF, key)) &&
    Object.entries(PROOF).every(([key, form]) => {
      const part = value[key] ?? (key === 'sessionToken' ? 'none' : undefined)
      return typeof part === 'string' && form.test(part)
    })
  return fits ? undefined : 'it is none of this release: leave it out, and who asks is a claim'
}

const PROOF: Record<keyof CallerProof, RegExp> = {
  accessKeyId: /^\w{1,128}$/,
  date: /^\d{8}T\d{6}Z$/,
  signature: /^[0-9a-f]{64}$/,
  sessionToken: /^[\w+/=.~-]{1,12000}$/,
}

const EXAMPLE = '{"schedule": "nightly", "reason": "CHG-1234"}'
