import { AHEAD, type Approval, type Approvals } from '../../ledger/approvals.ts'
import type { Callers, KeptCaller } from '../../ledger/callers.ts'
import { type Cancelling, cancelledBy, type Exceptions } from '../../ledger/exceptions.ts'
import {
  type HoldItem,
  holdsIn,
  placing,
  type Rewrite,
  releasing,
  rewritten,
} from '../../ledger/hold-item.ts'
import type { Holds } from '../../ledger/holds.ts'
import { type Moves, skipOf } from '../../ledger/moves.ts'
import type { KeptRequest, Requests } from '../../ledger/requests.ts'
import type { Caller } from '../../model/caller.ts'
import { arrivalOf, type Exception, type Moved } from '../../model/exception.ts'
import { type Hold, holdEnd, isInForce, type Scope } from '../../model/hold.ts'
import { plainCopy } from './plain-copy.ts'

/** What people do, in memory: holds, skips and moves, runs on demand, answers. By the rules of the tables' stores: test/ledger. */

/** The rules are the table's own: what differs is that nobody can write in between. */
export function memoryHolds(): Holds {
  const items = new Map<Scope, HoldItem>()
  const away: Hold[] = []
  const itemOf = (scope: Scope) => items.get(scope) ?? { scope }
  const of = (scopes: Scope[]) => scopes.flatMap((scope) => holdsIn(itemOf(scope)))
  const keep = (scope: Scope, rewrite: Rewrite) => {
    items.set(scope, plainCopy(rewritten(itemOf(scope), rewrite)))
    away.push(...plainCopy(rewrite.ended))
  }
  return {
    async place(asked) {
      const { write, answer } = placing(itemOf(asked.scope), { kind: 'hold', ...asked })
      if (write) keep(asked.scope, write)
      return answer
    },
    async release(scope, id, by, at) {
      const { write, answer } = releasing(itemOf(scope), id, by, at)
      if (write) keep(scope, write)
      return answer
    },
    async covering(scopes, instant) {
      return of(scopes).filter((hold) => isInForce(hold, instant))
    },
    async since(scopes, since) {
      const ended = away.filter(({ scope }) => scopes.includes(scope))
      return [...of(scopes), ...ended].filter((hold) => (holdEnd(hold) ?? '9999') > since)
    },
    async inForce(now) {
      return of([...items.keys()]).filter((hold) => isInForce(hold, now))
    },
  }
}

export function memoryRequests(): Requests & { rows: Map<string, KeptRequest> } {
  const rows = new Map<string, KeptRequest>()
  const open = new Set<string>()
  const copy = (requestId: string) => plainCopy(rows.get(requestId))
  return {
    rows,
    async keep(request) {
      const { requestId, askedAt: at, state, by, reason } = request
      if (!rows.has(requestId)) {
        const who = { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) }
        rows.set(requestId, plainCopy({ ...request, events: [{ at, state, ...who }] }))
        open.add(requestId)
      }
      return copy(requestId) as KeptRequest
    },
    get: async (requestId) => copy(requestId),
    async move(requestId, from, event) {
      const request = rows.get(requestId)
      if (request && from.includes(request.state)) {
        request.state = event.state
        request.events.push(plainCopy(event))
        if (event.state !== 'STARTED') open.delete(requestId)
      }
      return copy(requestId)
    },
    async close(requestId) {
      if (!rows.has(requestId)) throw new Error(`request ${requestId} is not in the ledger`)
      open.delete(requestId)
    },
    async *open() {
      const found = [...open].flatMap((requestId) => copy(requestId) ?? [])
      yield* found.sort((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1))
    },
  }
}

export function memoryExceptions(): Exceptions & { rows: Map<string, Exception> } {
  const rows = new Map<string, Exception>()
  const keyOf = ({ schedule, scheduledAt }: Pick<Exception, 'schedule' | 'scheduledAt'>) =>
    `${schedule}#${scheduledAt}`
  const inForce = (key: string) => {
    const exception = rows.get(key)
    return exception?.cancelledAt === undefined ? plainCopy(exception) : undefined
  }
  return {
    rows,
    at: async (schedule, scheduledAt) => inForce(keyOf({ schedule, scheduledAt })),
    find: async (id) =>
      plainCopy([...rows.values()].find((it) => it.id === id && it.movedFrom === undefined)),
    async place(exception) {
      const key = keyOf(exception)
      const standing = inForce(key)
      if (standing) return standing
      rows.set(key, plainCopy(exception))
      return plainCopy(exception)
    },
    async cancel(exception, { at, by, reason }) {
      const standing = inForce(keyOf(exception))
      if (standing?.id !== exception.id) return false
      const cancelReason = { ...(reason !== undefined && { cancelReason: reason }) }
      rows.set(keyOf(standing), { ...standing, cancelledAt: at, cancelledBy: by, ...cancelReason })
      return true
    },
    async between(from, to) {
      return [...rows.values()]
        .filter(({ scheduledAt, movedFrom }) => !movedFrom && scheduledAt >= from && scheduledAt < to)
        .sort((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1))
        .map((exception) => plainCopy(exception))
    },
  }
}

/** As one transaction: nobody reads in between. */
export function memoryMoves(
  exceptions: ReturnType<typeof memoryExceptions>,
  requests: ReturnType<typeof memoryRequests>,
): Moves {
  const standing = ({ schedule, scheduledAt }: Pick<Exception, 'schedule' | 'scheduledAt'>) => {
    const found = exceptions.rows.get(`${schedule}#${scheduledAt}`)
    return found?.cancelledAt === undefined ? found : undefined
  }
  const write = (it: Exception) => exceptions.rows.set(`${it.schedule}#${it.scheduledAt}`, plainCopy(it))
  const isStill = (it: Moved) => {
    const found = standing(it)
    return found?.id === it.id && found.movedTo === it.movedTo
  }
  const ends = (it: Moved) => isStill(it) && requests.rows.get(it.id)?.state === 'PLANNED'
  const end = (it: Moved, by: Cancelling) => {
    write(cancelledBy(arrivalOf(it), by))
    const { at, by: who, reason } = by
    const why = reason === undefined ? {} : { reason }
    void requests.move(it.id, ['PLANNED'], { at, state: 'CANCELLED', by: who, ...why })
  }
  return {
    async place(moved, run, before) {
      if (before ? !ends(before) : standing(moved)) return false
      if (standing(arrivalOf(moved)) || requests.rows.has(run.requestId)) return false
      if (before) end(before, { at: moved.placedAt, by: moved.by, reason: `moved to ${moved.movedTo}` })
      write(moved)
      write(arrivalOf(moved))
      void requests.keep(run)
      return true
    },
    async cancel(moved, by, gone) {
      if (!ends(moved)) return false
      end(moved, by)
      write(gone ? skipOf(moved) : cancelledBy(moved, by))
      return true
    },
  }
}

export function memoryApprovals(): Approvals & { rows: Map<string, Approval> } {
  const rows = new Map<string, Approval>()
  const existing = (approvalId: string): Approval => {
    const approval = rows.get(approvalId)
    if (!approval) throw new Error(`approval ${approvalId} is not in the ledger`)
    return approval
  }
  return {
    rows,
    async request(request) {
      if (!rows.has(request.approvalId)) {
        const events: Approval['events'] = [{ at: request.requestedAt, status: 'PENDING' }]
        rows.set(request.approvalId, { ...request, status: 'PENDING', events })
      }
      return plainCopy(existing(request.approvalId))
    },
    async takeUp(approvalId, by) {
      const approval = existing(approvalId)
      if (approval.status === 'PENDING' && approval.executionArn === AHEAD) Object.assign(approval, by)
      return plainCopy(approval)
    },
    async noteCallback(approvalId, callbackId, refused) {
      const approval = existing(approvalId)
      if (approval.status === 'PENDING') Object.assign(approval, { callbackId, ...(refused && { refused }) })
      return plainCopy(approval)
    },
    async decide(approvalId, { status, at, by, reason, caller }) {
      const approval = existing(approvalId)
      if (approval.status === 'PENDING' && (status === 'EXPIRED' || at < approval.expiresAt)) {
        const who = { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) }
        Object.assign(approval, { status, answeredAt: at, ...who, ...(caller && { caller }) })
        approval.events.push({ at, status, ...who })
      }
      return plainCopy(approval)
    },
    async get(approvalId) {
      return plainCopy(rows.get(approvalId))
    },
    async pending(now) {
      return [...rows.values()]
        .filter(({ status, expiresAt }) => status === 'PENDING' && now < expiresAt)
        .sort((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1))
        .map((approval) => plainCopy(approval))
    },
  }
}

export function memoryCallers(): Callers {
  const rows = new Map<string, KeptCaller>()
  return {
    async keep({ deed, id }, kept) {
      const known = rows.get(`${deed}#${id}`)
      if (!known || 'notProved' in known.caller) rows.set(`${deed}#${id}`, plainCopy(kept))
    },
    get: async ({ deed, id }) => plainCopy(rows.get(`${deed}#${id}`)),
  }
}

/** What `rotateNow` has of the world beyond its table, where STS knows everybody as Ana. */
export function doorOf(callers: Callers = memoryCallers()) {
  const arn = 'arn:aws:sts::000000000000:assumed-role/operator/ana'
  return { callers, checkCaller: async (): Promise<Caller> => ({ arn }) }
}
