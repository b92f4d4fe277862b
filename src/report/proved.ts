import { forEachInPool } from '../aws/pool.ts'
import type { Callers } from '../ledger/callers.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import type { Caller, KeyOfDeed } from '../model/caller.ts'
import { cancelDeed, exceptionDeed, holdDeed, releaseDeed } from '../model/deeds.ts'
import type { Exception } from '../model/exception.ts'
import type { Hold } from '../model/hold.ts'
import { MINUTE } from '../model/time.ts'
import { askedIdOf, type OnDemandRequest } from '../rotation/wave-request.ts'

/** What the stage's own roles have kept of who it was: never what stands in the item itself, which people write. */
type Kept = Pick<Callers, 'get'>

/** Reads at once. */
const AT_ONCE = 8

/** In which the audit has asked STS, if it runs: two of its runs. ms */
const ASKED_IN_MS = 10 * MINUTE

/** Holds with whose they are, and who released them. `now`: epoch ms. */
export function provedHolds(holds: Hold[], callers: Kept, now: number): Promise<Hold[]> {
  return each(holds, async (hold) => {
    const { kind, placedAt, releasedAt } = hold
    const caller = kind === 'hold' && (await callerOf(holdDeed(hold), placedAt, callers, now))
    // A pause may have been ended by a success, which nobody signs.
    const releaser =
      kind === 'pause'
        ? (await callers.get(releaseDeed(hold)))?.caller
        : releasedAt && (await callerOf(releaseDeed(hold), releasedAt, callers, now))
    return { ...hold, ...(caller && { caller }), ...(releaser && { releaser }) }
  })
}

/** Skips and moves with whose they are, and who took them back. `now`: epoch ms. */
export function provedExceptions(found: Exception[], callers: Kept, now: number): Promise<Exception[]> {
  return each(found, async (exception) => {
    const { id, placedAt, cancelledAt: at, cancelledBy: by = '', cancelReason: reason } = exception
    const caller = await callerOf(exceptionDeed(exception), placedAt, callers, now)
    if (at === undefined) return { ...exception, caller }
    const deed = cancelDeed(id, { at, by, ...(reason !== undefined && { reason }) })
    return { ...exception, caller, canceller: await callerOf(deed, at, callers, now) }
  })
}

/** Planned runs with who asked for them, or moved the occurrence. `now`: epoch ms. */
export function provedRequests(found: KeptRequest[], callers: Kept, now: number): Promise<KeptRequest[]> {
  return each(found, async (kept) => {
    const { requestId: id, payload, scheduledAt, askedAt, by, reason } = kept
    const request = JSON.parse(payload) as OnDemandRequest
    const { schedule = '', movedFrom } = request
    if (movedFrom !== undefined) {
      const move = exceptionDeed({ id, schedule, scheduledAt: movedFrom, movedTo: scheduledAt, by, reason })
      return { ...kept, caller: await callerOf(move, askedAt, callers, now) }
    }
    const asker = await callers.get({ deed: 'run', id })
    if (asker === undefined) return kept
    const caller = asker.asked === askedIdOf(request) ? asker.caller : OTHER
    return { ...kept, caller }
  })
}

/** A planned run with who has taken it back, where somebody has. `now`: epoch ms. */
export async function provedCancel(kept: KeptRequest, callers: Kept, now: number): Promise<KeptRequest> {
  const { state, at, by = '', reason } = kept.events.at(-1) ?? { state: kept.state, at: kept.askedAt }
  if (state !== 'CANCELLED') return kept
  const deed = cancelDeed(kept.requestId, { at, by, ...(reason !== undefined && { reason }) })
  return { ...kept, canceller: await callerOf(deed, at, callers, now) }
}

const OTHER: Caller = { notProved: 'what was asked for by this id was something else' }

/** `at`: when it was done (ISO), by its own word. */
async function callerOf(deed: KeyOfDeed, at: string, callers: Kept, now: number): Promise<Caller> {
  const kept = await callers.get(deed)
  if (kept !== undefined) return kept.caller
  const isNew = now - Date.parse(at) < ASKED_IN_MS
  return { notProved: isNew ? 'the audit has not asked STS yet' : 'the audit has seen no proof of it' }
}

async function each<T>(items: T[], work: (item: T) => Promise<T>): Promise<T[]> {
  const done = new Map<T, T>()
  await forEachInPool(items, AT_ONCE, async (item) => void done.set(item, await work(item)))
  return items.map((item) => done.get(item) ?? item)
}
