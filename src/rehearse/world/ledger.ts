import { AHEAD, type Approval, type Approvals } from '../../ledger/approvals.ts'
import type { AuditState, AuditStates } from '../../ledger/audit-state.ts'
import type { Callers, KeptCaller } from '../../ledger/callers.ts'
import type { Deliveries, UnknownDelivery } from '../../ledger/deliveries.ts'
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
import { HANDING_OVER, type Ledger, transitionOf } from '../../ledger/ledger.ts'
import { type Moves, skipOf } from '../../ledger/moves.ts'
import type { Notices } from '../../ledger/notices.ts'
import type { Policies, Policy } from '../../ledger/policies.ts'
import type { KeptRequest, Requests } from '../../ledger/requests.ts'
import { INDEXES } from '../../ledger/table.ts'
import { MOST_FAILED, MOST_GUESSED, type WaveRecord, type Waves } from '../../ledger/waves.ts'
import type { Caller } from '../../model/caller.ts'
import { arrivalOf, type Exception, type Moved } from '../../model/exception.ts'
import { type Hold, holdEnd, isInForce, type Scope } from '../../model/hold.ts'
import { type Rotation, SETTLED, type Status } from '../../model/rotation.ts'
import { plainCopy } from './plain-copy.ts'

/**
 * The ledger in memory, with the table's conditional writes: test/ledger/contract.test.ts holds both to one contract.
 */
export function memoryLedger(): Ledger & { rows: Map<string, Rotation> } {
  const rows = new Map<string, Rotation>()
  /** What is in a row is replaced, never changed. */
  const copy = (rotation: Rotation): Rotation => ({ ...rotation })
  const standing = ({ rotationId, trigger }: Pick<Rotation, 'rotationId' | 'trigger'>) => {
    const known = rows.get(rotationId)
    return known?.trigger === 'EXTERNAL' && trigger !== 'EXTERNAL' ? undefined : known
  }
  return {
    rows,
    async claim(claim) {
      const known = standing(claim)
      if (known) return copy(known)
      const rotation: Rotation = {
        ...plainCopy(claim),
        status: 'CLAIMED',
        events: [{ at: claim.claimedAt, status: 'CLAIMED' }],
      }
      rows.set(claim.rotationId, rotation)
      return copy(rotation)
    },
    async record(claim, { at, ...outcome }) {
      const known = standing(claim)
      if (known) return copy(known)
      const events = [transitionOf(at, outcome)]
      rows.set(claim.rotationId, plainCopy({ ...claim, ...(outcome as { status: Status }), events }))
      return copy(rows.get(claim.rotationId) as Rotation)
    },
    async noteFailure(rotationId, failure) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (!SETTLED.includes(rotation.status)) rotation.failure = failure
      return copy(rotation)
    },
    async noteProof(rotationId, proof) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (!SETTLED.includes(rotation.status)) rotation.proof ??= proof
      return copy(rotation)
    },
    async noteSending(rotationId, sending, by) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (rotation.status === 'CLAIMED' && rotation.executionArn === by) rotation.sending = plainCopy(sending)
      return copy(rotation)
    },
    async noteAttempts(rotationId, attempts, by) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (rotation.status === 'ROTATING' && rotation.executionArn === by)
        rotation.attempts = plainCopy(attempts)
      return copy(rotation)
    },
    async noteAdoption(rotationId, adoption) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (rotation.rotatedAt !== undefined) rotation.adoption ??= plainCopy(adoption)
      return copy(rotation)
    },
    async noteFetching(rotationId, fetching) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (rotation.rotatedAt !== undefined && !rotation.adoption)
        rotation.fetching = structuredClone(fetching)
      return copy(rotation)
    },
    async noteEnd(rotationId, end) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      const holds = rotation.executionArn === end.executionArn
      if (holds && !SETTLED.includes(rotation.status)) rotation.runEnd = end
      return copy(rotation)
    },
    async correct(rotationId, { at, ...fields }, by) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      const isLess = rotation.rotatedAt !== undefined && fields.rotatedAt === undefined
      if (!rotation.guessed || rotation.executionArn !== by || isLess) return copy(rotation)
      for (const name of ['guessed', 'late', 'reason', 'message'] as const) delete rotation[name]
      Object.assign(rotation, changed(rotation, fields))
      rotation.events = [...rotation.events, transitionOf(at, fields)]
      return copy(rotation)
    },
    async transition(rotationId, from, { at, ...fields }, only) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (!from.includes(rotation.status)) return copy(rotation)
      if (only && only.by !== rotation.executionArn) return copy(rotation)
      const { status, reason } = fields
      Object.assign(rotation, changed(rotation, fields))
      if (status === 'SUCCEEDED' && reason === undefined) delete rotation.reason
      rotation.events = [...rotation.events, transitionOf(at, fields)]
      return copy(rotation)
    },
    async noteConsumer(rotationId, index, before, consumer) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      const { handover } = rotation
      const standing = handover?.consumers[index]
      if (handover?.status === 'RUNNING' && standing?.id === consumer.id && standing.sentAt === before.sentAt)
        rotation.handover = { ...handover, consumers: handover.consumers.with(index, plainCopy(consumer)) }
      return copy(rotation)
    },
    async endHandover(rotationId, status) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (rotation.handover?.status === 'RUNNING') rotation.handover = { ...rotation.handover, status }
      return copy(rotation)
    },
    async takeOver(rotationId, from, to, at) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (rotation.status === 'CLAIMED' && rotation.executionArn === from) {
        rotation.executionArn = to
        const taken = { at, status: 'CLAIMED' as const, message: `taken over from ${from}` }
        rotation.events = [...rotation.events, taken]
      }
      return copy(rotation)
    },
    async get(rotationId) {
      const rotation = rows.get(rotationId)
      return rotation && copy(rotation)
    },
    async *query(index, key, { from = '0000', to = '9999', oldestFirst = false } = {}) {
      const value = (it: Rotation) => {
        if (index === 'byDay') return it.scheduledAt.slice(0, 10)
        if (index === 'unsettled') {
          if (!SETTLED.includes(it.status)) return 'yes'
          return it.handover?.status === 'RUNNING' ? HANDING_OVER : ''
        }
        return it[INDEXES[index] as 'secretName' | 'schedule']
      }
      const found = [...rows.values()]
        .filter((it) => value(it) === key && it.scheduledAt >= from && it.scheduledAt < to)
        .sort((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1))
      for (const rotation of oldestFirst ? found : found.reverse()) yield copy(rotation)
    },
  }
}

/** A handover that has begun stays. */
function changed({ handover }: Rotation, fields: object) {
  const set: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) set[name] = plainCopy(value)
  return { ...set, ...(handover && { handover }) }
}

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

export function memoryDeliveries(): Deliveries & { rows: Map<string, UnknownDelivery> } {
  const rows = new Map<string, UnknownDelivery>()
  return {
    rows,
    note: async (delivery) => void rows.set(delivery.schedule, plainCopy(delivery)),
    since: async (since) => [...rows.values()].filter(({ at }) => at >= since),
  }
}

export function memoryWaves(): Waves {
  const waves = new Map<string, WaveRecord>()
  const guessed = new Map<string, Set<string>>()
  const occurrences = new Map<string, string>()
  return {
    async begin(local, occasion) {
      const begun = occurrences.get(local) ?? occasion
      occurrences.set(local, begun)
      return begun
    },
    begun: async (local) => occurrences.get(local),
    async start(waveId, wave) {
      const known = waves.get(waveId) ?? { ...wave, failed: [] }
      waves.set(waveId, known)
      return plainCopy(known)
    },
    async takeOver(waveId, from, to, canaries = []) {
      const wave = waves.get(waveId)
      if (wave?.executionArn === from) {
        wave.executionArn = to
        if (canaries.length > 0) wave.canaries ??= canaries
      }
      return plainCopy(wave)
    },
    async noteFailure(waveId, rotationId, most) {
      const wave = waves.get(waveId)
      const guesses = guessed.get(waveId) ?? new Set()
      if (!wave || wave.failed.length >= (guesses.size > 0 ? MOST_FAILED : most)) return
      guesses.delete(rotationId)
      if (!wave.failed.includes(rotationId)) wave.failed.push(rotationId)
    },
    async noteGuess(waveId, rotationId) {
      const wave = waves.get(waveId)
      if (!wave || wave.failed.length >= MOST_GUESSED) return
      guessed.set(waveId, (guessed.get(waveId) ?? new Set()).add(rotationId))
      if (!wave.failed.includes(rotationId)) wave.failed.push(rotationId)
    },
    async forgetFailure(waveId, rotationId) {
      const wave = waves.get(waveId)
      guessed.get(waveId)?.delete(rotationId)
      if (wave) wave.failed = wave.failed.filter((id) => id !== rotationId)
    },
    async get(waveId) {
      return plainCopy(waves.get(waveId))
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

export function memoryNotices(): Notices {
  const rows = new Map<string, { claimedAt: string; givenAt?: string }>()
  return {
    isGiven: async (id) => rows.get(id)?.givenAt !== undefined,
    async claim(id, at, lostBefore) {
      const row = rows.get(id)
      if (row && (row.givenAt !== undefined || row.claimedAt >= lostBefore)) return false
      rows.set(id, { claimedAt: at })
      return true
    },
    given: async (id, at) => void rows.set(id, { claimedAt: at, givenAt: at }),
    async release(id, claimedAt) {
      const row = rows.get(id)
      if (row?.givenAt === undefined && row?.claimedAt === claimedAt) rows.set(id, { claimedAt: '' })
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

export function memoryPolicies(): Policies {
  let kept: Policy | undefined
  return {
    get: async () => plainCopy(kept),
    async put(policy) {
      if (kept === undefined || kept.at < policy.at) kept = plainCopy(policy)
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

/** The watermark in memory: test/audit/state.test.ts holds it and the table to one contract. */
export function memoryStates(): AuditStates {
  let [state, revision]: [AuditState | undefined, number] = [undefined, 0]
  return {
    get: async () => ({ ...(state && { state: plainCopy(state) }), revision }),
    async put(next, of) {
      if (of !== revision) return false
      state = plainCopy(next)
      revision++
      return true
    },
  }
}
