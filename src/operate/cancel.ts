import { withAws } from '../aws/with-aws.ts'
import type { Cancelling } from '../ledger/exceptions.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { callerText } from '../model/caller.ts'
import { cancelDeed } from '../model/deeds.ts'
import { type Exception, isMoved } from '../model/exception.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { shortIdIn } from '../model/short-id.ts'
import { atDoor, oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { provedCancel } from '../report/proved.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
import { type Records, recordsOf } from '../runtime/records.ts'
import { begunBy } from './exceptions.ts'
import { operatorAtAws } from './operator.ts'
import { proveDeed } from './prove.ts'
import { reasonAtDoor } from './reason.ts'

/** What became of a planned run, a skip or a move that was to be taken back. `hint`: what may be done where it is not `ok`. */
export type TakenBack = {
  kept: KeptRequest | Exception
  ok: boolean
  text: string
  hint?: string
  notes?: string[]
}

/** `named`: as commands name the stage. `reason`: why, for the ledger. */
type Asked = { id: string; reason: string | undefined; named: StageOption | string; now: () => number }

/** Takes back what has this id, for whoever is at the keyboard; undefined where nothing has it. Throws CannotDo. */
export async function takeBack(stage: string, asked: Asked): Promise<TakenBack | undefined> {
  const { named } = asked
  const found = await cancelById(stage, asked)
  if (found === undefined) return undefined
  const { did } = found
  const claim = did && (await proveDeed(stage, cancelDeed(did.id, did), asked.now()))
  const notes = claim === undefined ? {} : { notes: [claim] }
  if ('exception' in found) return { ...told(found, named), ...notes }
  // What was done just now nobody has been asked about.
  const kept = did ? found.run : await withCanceller(stage, found.run, asked.now())
  const ok = kept.state === 'CANCELLED'
  const text = ok ? requestText(kept) : `too late: ${requestText(kept)}`
  return { kept, ok, text, ...(kept.state === 'STARTED' && { hint: insteadOf(kept, named) }), ...notes }
}

/** The same of a skip, or a move. */
function told(found: Extract<Cancelled, { exception: Exception }>, named: StageOption | string): TakenBack {
  const { exception: kept } = found
  const { schedule, cancelledAt, cancelledBy = 'somebody' } = kept
  const what = `${kept.id}, ${schedule} of ${kept.scheduledAt}`
  if ('tooLate' in found) return { kept, ok: false, text: `too late: ${what}: ${found.tooLate}` }
  const did = isMoved(kept) ? `the move to ${kept.movedTo}` : 'the skip'
  const by = `${did} was taken back by ${oneLine(cancelledBy)} at ${cancelledAt}`
  if (found.leftOut === undefined) return { kept, ok: true, text: `${what}: runs as scheduled; ${by}` }
  const again = commandFor(named, 'run', ['--schedule', schedule])
  const text = `${what}: ${by}. It is left out: ${found.leftOut}\n    to rotate all the same: ${again}`
  return { kept, ok: true, text }
}

function requestText(kept: KeptRequest): string {
  const { requestId, scheduledAt, state, events, canceller } = kept
  const { at, by, reason } = events.at(-1) ?? { at: kept.askedAt }
  const who = by === undefined ? '' : ` by ${oneLine(by)}`
  const told = [reason && oneLine(reason), canceller && callerText(canceller)].filter(Boolean).join('; ')
  const why = told === '' ? '' : ` (${told})`
  return `${requestId}, ${whatOf(kept)} at ${scheduledAt}: ${state}${who} at ${at}${why}`
}

function withCanceller(stage: string, run: KeptRequest, now: number): Promise<KeptRequest> {
  return withAws('read who took it back', () => provedCancel(run, recordsOf(stage).callers, now))
}

function insteadOf({ payload }: KeptRequest, named: StageOption | string): string {
  const { schedule, secrets: [secret = ''] = [] } = JSON.parse(payload) as OnDemandRequest
  const what = schedule === undefined ? (['--secret', secret] as const) : (['--schedule', schedule] as const)
  return `a hold stops what has not rotated: ${commandFor(named, 'hold', what, ['--reason', 'TEXT'])}`
}

/** `schedule nightly`, or the secrets that it names; or what was moved, from where. */
export function whatOf(kept: KeptRequest): string {
  const { schedule, secrets } = JSON.parse(kept.payload) as OnDemandRequest
  const from = movedFrom(kept)
  if (from !== undefined) return oneLine(`moved: ${schedule} of ${from}`)
  return oneLine([schedule && `schedule ${schedule}`, secrets?.join(', ')].filter(Boolean).join(': '))
}

/**
 * What became of what was to be taken back. `tooLate`: nothing has changed, or it was in vain, and why. `leftOut`: of
 * what was moved nothing rotates now, and why.
 */
type Cancelled =
  | { run: KeptRequest }
  | { exception: Exception; tooLate: string }
  | { exception: Exception; leftOut?: string | undefined }

/** Where it was taken back just now, by whoever is at the keyboard. */
type Did = { did?: Cancelling & { id: string } }

/** A planned run, a skip or a move, each read by its key. */
async function cancelById(
  stage: string,
  { id: typed, reason, now }: Asked,
): Promise<(Cancelled & Did) | undefined> {
  const why = reason === undefined ? {} : { reason: reasonAtDoor(reason, 'or leave it out') }
  const records = recordsOf(stage, { purpose: 'patient' })
  const short = shortIdIn(typed) ?? typed
  const kept = await withAws('read what is planned', async () => {
    const asTyped = await records.requests.get(typed)
    return asTyped ?? (short === typed ? undefined : records.requests.get(short))
  })
  const exception =
    kept && !movedFrom(kept)
      ? undefined
      : await withAws('read what is skipped', () => findException(kept?.requestId ?? short, records))
  // Known after it is known that there is something: whoever mistyped is not asked for more.
  if (kept === undefined && exception === undefined) return undefined
  const by = { at: iso(now()), by: atDoor(await operatorAtAws()), ...why }
  if (exception && !exception.cancelledAt && (isMoved(exception) || !kept))
    return cancelException(exception, by, records, now)
  if (exception && !kept) return { exception }
  const event = { ...by, state: 'CANCELLED' as const }
  const run = await withAws(
    'cancel it',
    () => records.requests.move(kept?.requestId ?? typed, ['PLANNED'], event),
    { repeatable: true },
  )
  const last = run?.events.at(-1)
  const ours = last?.state === 'CANCELLED' && last.at === by.at && last.by === by.by
  return run && { run, ...(ours && { did: { id: run.requestId, ...by } }) }
}

function movedFrom({ payload }: KeptRequest): string | undefined {
  return (JSON.parse(payload) as OnDemandRequest).movedFrom
}

/** By its id's key; one of the release before only in the index, which may lag by a moment. */
async function findException(id: string, { exceptions }: Records): Promise<Exception | undefined> {
  return (
    (await exceptions.find(id)) ??
    (await exceptions.between('0000', '9999')).findLast((exception) => exception.id === id)
  )
}

async function cancelException(
  exception: Exception,
  by: Cancelling,
  records: Records,
  now: () => number,
): Promise<Cancelled & Did> {
  const { exceptions, moves, requests } = records
  const begun = () => withAws('see whether it has begun', () => begunBy(exception, records, now()))
  const gone = await begun()
  const moved = isMoved(exception)
  if (gone !== undefined && !moved) return { exception, tooLate: gone }
  const done = await withAws(
    'take it back',
    () => (moved ? moves.cancel(exception, by, gone !== undefined) : exceptions.cancel(exception, by)),
    { repeatable: true },
  )
  if (!done) {
    const run = moved ? await withAws('see why not', () => requests.get(exception.id)) : undefined
    if (run && run.state !== 'PLANNED') return { run }
    return { exception, tooLate: 'somebody has changed it meanwhile; look again' }
  }
  const undone = { ...exception, cancelledAt: by.at, cancelledBy: by.by }
  const did = { id: exception.id, ...by }
  if (gone !== undefined) return { exception: undone, leftOut: gone, did }
  const late = await begun()
  if (late === undefined) return { exception: undone, did }
  return moved ? { exception: undone, leftOut: late, did } : { exception, tooLate: late, did }
}
