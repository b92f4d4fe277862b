import type { Caller } from '../model/caller.ts'
import { type Expressions, expressionsOf, IS_NEW, isOneOf, type Table } from './open-table.ts'
import { unproved } from './proofs.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/**
 * What was asked for on demand, under its id: the first to ask writes it, and whoever asks with that id again is
 * answered by it. Instants are ISO, in UTC.
 */
export type KeptRequest = {
  requestId: string
  /** What it asks for, in one form whatever the wording: another request of the same id is compared with it. */
  asked: string
  /** JSON that starts its execution, as text: another text would be another execution. */
  payload: string
  scheduledAt: string
  /** PLANNED until shortly before its instant; MISSED where no run of it had started by the end of its window. */
  state: 'PLANNED' | 'STARTED' | 'CANCELLED' | 'MISSED'
  askedAt: string
  by?: string
  reason?: string
  /** Everything that ever happened to it, oldest first. */
  events: RequestEvent[]
  /** Whose it is, as STS has said: read beside it to be shown, and never of the item itself. */
  caller?: Caller
  /** The same of who has taken it back. */
  canceller?: Caller
}

type RequestEvent = { at: string; state: KeptRequest['state']; by?: string; reason?: string }

export type Requests = {
  /** Keeps a request, unless one is kept under its id. Answers with what stands. */
  keep(request: Omit<KeptRequest, 'events'>): Promise<KeptRequest>
  /** Read consistently. */
  get(requestId: string): Promise<KeptRequest | undefined>
  /** Moves it along if it stands at one of `from`; otherwise changes nothing. Answers with what then stands. */
  move(requestId: string, from: KeptRequest['state'][], event: RequestEvent): Promise<KeptRequest | undefined>
  /** Nothing more is to be done about it: it is no longer among those that are open. */
  close(requestId: string): Promise<void>
  /** Those that nobody has cancelled, and whose outcomes have not all been seen, soonest first. */
  open(): AsyncGenerator<KeptRequest>
}

/** One that the audit is to look after has this in the sparse index `unsettled`. */
const OPEN = 'request'

/** Requests expire `RETENTION_DAYS` after their instant. */
export function openRequests(table: Table): Requests {
  async function get(requestId: string): Promise<KeptRequest | undefined> {
    const item = await table.get(idOf(requestId))
    return item && toRequest(item)
  }

  return {
    get,
    async keep(request) {
      const { id, kept, fields } = itemOf(request)
      if (await table.put({ id, ...fields }, IS_NEW)) return kept
      const known = await get(request.requestId)
      if (known === undefined)
        throw new Error(`request ${request.requestId} was kept, and deleted, by somebody else`)
      return known
    },
    async move(requestId, from, event) {
      const { id, ...expressions } = advancing(requestId, from, event)
      const moved = await table.update(id, expressions)
      return moved ? toRequest(moved) : get(requestId)
    },
    async close(requestId) {
      const condition = { expression: 'attribute_exists(id)' }
      const closed = await table.update(idOf(requestId), expressionsOf({ remove: ['unsettled'], condition }))
      if (!closed) throw new Error(`request ${requestId} is not in the ledger table ${table.name}`)
    },
    async *open() {
      for await (const item of table.query('unsettled', OPEN)) yield toRequest(item)
    },
  }
}

function idOf(requestId: string): string {
  return `request#${requestId}`
}

/** As it is kept first. */
function itemOf(request: Omit<KeptRequest, 'events'>) {
  const { requestId, askedAt, state, by, reason, scheduledAt } = request
  const kept: KeptRequest = { ...request, events: [eventOf({ at: askedAt, state, by, reason })] }
  // Nothing of it stands under the keys of the indexes but what makes it open: those are for rotations.
  const { scheduledAt: at, ...fields } = kept
  const found = { at, unsettled: OPEN, scheduledAt, [TTL_ATTRIBUTE]: expiryOf(scheduledAt) }
  return { id: idOf(requestId), kept, fields: { ...fields, ...found } }
}

/** The same as a write among others. */
export function keeping(request: Omit<KeptRequest, 'events'>): { id: string } & Expressions {
  const { id, fields } = itemOf(request)
  return { id, ...expressionsOf({ set: fields, condition: IS_NEW }) }
}

/** Moves it along, if it stands at one of `from`. */
export function advancing(
  requestId: string,
  from: KeptRequest['state'][],
  event: RequestEvent,
): { id: string } & Expressions {
  const set = { state: event.state }
  const remove = event.state === 'STARTED' ? [] : ['unsettled']
  const condition = isOneOf('state', from)
  return { id: idOf(requestId), ...expressionsOf({ set, remove, event: eventOf(event), condition }) }
}

function eventOf({ at, state, by, reason }: Loose): RequestEvent {
  return { at, state, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) }
}

type Loose = Pick<RequestEvent, 'at' | 'state'> & { by?: string | undefined; reason?: string | undefined }

function toRequest(item: Record<string, unknown>): KeptRequest {
  const { id: _id, unsettled: _unsettled, [TTL_ATTRIBUTE]: _ttl, at, ...request } = item
  return { ...unproved(request as KeptRequest), scheduledAt: at as string }
}
