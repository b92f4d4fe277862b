import type { KeptRequest } from '../ledger/requests.ts'
import type { Exception } from '../model/exception.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { shortIdIn } from '../model/short-id.ts'
import { oneLine } from '../model/text.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
import { cancelException } from './exceptions.ts'
import { cancelRun } from './planned-runs.ts'

/** What became of a planned run or a skip that was to be taken back. `hint`: what may be done where it is not `ok`. */
export type TakenBack = { kept: KeptRequest | Exception; ok: boolean; text: string; hint?: string }

/** `named`: as commands name the stage. `reason`: why, for the ledger. */
type Asked = { id: string; reason: string | undefined; named: StageOption | string; now: () => number }

/** Takes back what has this id, for whoever is at the keyboard; undefined where nothing has it. Throws CannotDo. */
export async function takeBack(stage: string, asked: Asked): Promise<TakenBack | undefined> {
  const { id, reason, named, now } = asked
  const kept = await cancelRun(stage, id, reason, now())
  if (!kept) return takeBackSkip(stage, asked)
  const ok = kept.state === 'CANCELLED'
  const text = ok ? requestText(kept) : `too late: ${requestText(kept)}`
  return { kept, ok, text, ...(kept.state === 'STARTED' && { hint: insteadOf(kept, named) }) }
}

async function takeBackSkip(
  stage: string,
  { id: typed, reason, now }: Asked,
): Promise<TakenBack | undefined> {
  const id = shortIdIn(typed)
  const found = id === undefined ? undefined : await cancelException(stage, id, reason, now)
  if (found === undefined) return undefined
  const kept = 'undone' in found ? found.undone : found.tooLate
  const what = `${kept.id}, ${kept.schedule} of ${kept.scheduledAt}`
  if ('tooLate' in found) return { kept, ok: false, text: `too late: ${what}: ${found.why}` }
  const { cancelledAt, cancelledBy = 'somebody' } = kept
  const text = `${what}: runs as scheduled; the skip was taken back by ${oneLine(cancelledBy)} at ${cancelledAt}`
  return { kept, ok: true, text }
}

function requestText(kept: KeptRequest): string {
  const { requestId, scheduledAt, state, events } = kept
  const { at, by, reason } = events.at(-1) ?? { at: kept.askedAt }
  const who = by === undefined ? '' : ` by ${oneLine(by)}`
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`
  return `${requestId}, ${whatOf(kept)} at ${scheduledAt}: ${state}${who} at ${at}${why}`
}

function insteadOf({ payload }: KeptRequest, named: StageOption | string): string {
  const { schedule, secrets: [secret = ''] = [] } = JSON.parse(payload) as OnDemandRequest
  const what = schedule === undefined ? (['--secret', secret] as const) : (['--schedule', schedule] as const)
  return `a hold stops what has not rotated: ${commandFor(named, 'hold', what, ['--reason', 'TEXT'])}`
}

/** `schedule nightly`, or the secrets that it names. */
export function whatOf({ payload }: KeptRequest): string {
  const { schedule, secrets } = JSON.parse(payload) as OnDemandRequest
  return oneLine([schedule && `schedule ${schedule}`, secrets?.join(', ')].filter(Boolean).join(': '))
}
