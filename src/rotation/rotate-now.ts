import { randomUUID } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { waveIdOf } from './identity.ts'
import { type OnDemandRequest, RequestError, type RotateRequest, rotationIdsOf, waveOf } from './request.ts'

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

export type RotateNowAnswer = {
  requestId: string
  /** What its rotations belong to: where a selector chooses, they are known once it has started. */
  waveId: string
  scheduledAt: string
  /** Absent where a selector chooses the secrets as the wave starts: then `selects` is true. */
  rotations?: { secret: string; rotationId: string }[]
  selects?: true
  /** ARN of the durable execution; absent on a dry run, or where AWS did not say. */
  execution?: string
  alreadyStarted?: boolean
  dryRun?: boolean
}

/** Starts the durable execution of this name; `already` where there was one. */
export type StartExecution = (
  name: string,
  request: RotateRequest,
) => Promise<{ execution?: string | undefined; already: boolean }>

/** How far ahead `at` may lie: the execution keeps to the config it started with, so not for long. */
const MOST_AHEAD_MS = 7 * 86_400_000

/** Checks the request, starts the wave, and answers with the ids to follow it by. Throws RequestError. */
export async function rotateNow(
  event: RotateNowEvent,
  { config, now, start }: { config: Config; now: number; start: StartExecution },
): Promise<RotateNowAnswer> {
  const request = requestOf(event, now)
  const wave = waveOf(request, config)
  const rotations = rotationIdsOf(wave)
  const { requestId, scheduledAt } = request
  const known = rotations ? { rotations } : { selects: true as const }
  const answer = { requestId, waveId: waveIdOf(wave), scheduledAt, ...known }
  if (event.dryRun) return { ...answer, dryRun: true }
  const { execution, already } = await start(`on-demand-${request.requestId}`, request)
  return { ...answer, ...(execution && { execution }), ...(already && { alreadyStarted: true }) }
}

const KNOWN = ['schedule', 'secrets', 'reason', 'requester', 'override', 'requestId', 'at', 'dryRun']

function requestOf(event: RotateNowEvent, now: number): OnDemandRequest {
  const unknown = Object.keys(event).find((key) => !KNOWN.includes(key))
  if (unknown) throw new RequestError(`unknown key «${unknown}». Known: ${KNOWN.join(', ')}`)
  const { schedule, secrets, reason, requester, override, requestId = randomUUID() } = event
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(requestId)) {
    throw new RequestError(`requestId «${requestId}»: up to 50 letters, digits, hyphens and underscores`)
  }
  const at = event.at === undefined ? now : Date.parse(event.at)
  if (Number.isNaN(at)) throw new RequestError(`«${event.at}» is no instant: write 2026-11-24T03:00:00Z`)
  if (at < now - 60_000) throw new RequestError(`${event.at} has passed: leave \`at\` out to rotate now`)
  if (at > now + MOST_AHEAD_MS)
    throw new RequestError(`${event.at} is more than 7 days ahead: use a schedule`)
  return {
    requestId,
    scheduledAt: new Date(at).toISOString(),
    ...(schedule !== undefined && { schedule }),
    ...(secrets !== undefined && { secrets }),
    ...(reason !== undefined && { reason }),
    ...(requester !== undefined && { requester }),
    ...(override !== undefined && { override }),
  }
}
