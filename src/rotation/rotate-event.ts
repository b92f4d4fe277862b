import { readInstant } from '../calendar/instant.ts'
import { RequestError } from '../model/errors.ts'
import { iso } from '../model/time.ts'
import {
  checkedEvent,
  type FieldCheck,
  flag,
  id,
  instant,
  isObject,
  listOf,
  secretId,
  text,
  wholeNumber,
} from './event-checks.ts'
import type { PartRequest, Wave } from './wave.ts'
import type { OnDemandRequest, RotateRequest, ScheduledRequest } from './wave-request.ts'

/**
 * What the orchestrator is started with, by whomever: Scheduler, the audit, `rotateNow`, a larger wave, or somebody who
 * invokes it by hand. Throws RequestError before anything is done: the execution ends as failed, and is not repeated.
 */
export function parseRequest(event: unknown): RotateRequest | PartRequest {
  if (isObject(event) && 'wave' in event) return parsePart(event)
  const request: RotateRequest =
    isObject(event) && 'requestId' in event
      ? checkedEvent<OnDemandRequest>(event, ON_DEMAND, { needs: ['scheduledAt'], example: EXAMPLE })
      : checkedEvent<ScheduledRequest>(event, SCHEDULED, {
          needs: ['schedule', 'scheduledAt'],
          example: EXAMPLE,
        })
  // Records are sorted by it, letter by letter.
  const read = readInstant(request.scheduledAt)
  return 'at' in read ? { ...request, scheduledAt: iso(read.at) } : request
}

const EXAMPLE = '{"schedule": "nightly", "scheduledAt": "2026-12-01T03:00:00Z"}'

/** A day: no companion comes earlier. */
const MOST_LEAD = 86_400

const SCHEDULED: Record<keyof ScheduledRequest, FieldCheck> = {
  schedule: text(64),
  scheduledAt: instant,
  leadSeconds: wholeNumber(MOST_LEAD),
  catchUp: flag,
}

const ON_DEMAND: Record<keyof OnDemandRequest, FieldCheck> = {
  requestId: id,
  scheduledAt: instant,
  schedule: text(64),
  secrets: listOf(secretId),
  requester: text(200),
  reason: text(),
  override: text(),
  movedFrom: instant,
  overrideApproval: text(),
}

/** What a part cannot do without. It is our own, and may come from a newer release: other keys are none of our business. */
const PART: { [Name in keyof Wave]?: FieldCheck } = {
  name: text(64),
  secrets: listOf(text(2_048)),
  scheduledAt: instant,
  occasion: text(64),
  windowSeconds: wholeNumber(MOST_LEAD),
  timeoutSeconds: wholeNumber(MOST_LEAD),
  concurrency: wholeNumber(1_000),
}

function parsePart(event: Record<string, unknown>): PartRequest {
  const { wave } = event
  if (!isObject(wave)) throw new RequestError('wave: an object is expected, as a larger wave sends it')
  for (const [name, check] of Object.entries<FieldCheck>(PART)) {
    const problem = check(wave[name])
    if (problem !== undefined) throw new RequestError(`wave.${name}: ${problem}`)
  }
  return event as PartRequest
}
