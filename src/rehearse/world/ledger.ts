import { HANDING_OVER, type Ledger, transitionOf } from '../../ledger/ledger.ts'
import { INDEXES } from '../../ledger/table.ts'
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
  /** Changes the row as its conditions allow, and answers with it as it then stands. */
  const change = (rotationId: string, by: (rotation: Rotation) => void): Rotation => {
    const rotation = rows.get(rotationId)
    if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
    by(rotation)
    return copy(rotation)
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
      return change(rotationId, (rotation) => {
        if (!SETTLED.includes(rotation.status)) rotation.failure = failure
      })
    },
    async noteProof(rotationId, proof) {
      return change(rotationId, (rotation) => {
        if (!SETTLED.includes(rotation.status)) rotation.proof ??= proof
      })
    },
    async noteSending(rotationId, sending, by) {
      return change(rotationId, (rotation) => {
        if (rotation.status === 'CLAIMED' && rotation.executionArn === by)
          rotation.sending = plainCopy(sending)
      })
    },
    async noteAttempts(rotationId, attempts, by) {
      return change(rotationId, (rotation) => {
        if (rotation.status === 'ROTATING' && rotation.executionArn === by)
          rotation.attempts = plainCopy(attempts)
      })
    },
    async noteAdoption(rotationId, adoption) {
      return change(rotationId, (rotation) => {
        if (rotation.rotatedAt !== undefined) rotation.adoption ??= plainCopy(adoption)
      })
    },
    async noteFetching(rotationId, fetching) {
      return change(rotationId, (rotation) => {
        if (rotation.rotatedAt !== undefined && !rotation.adoption)
          rotation.fetching = structuredClone(fetching)
      })
    },
    async noteEnd(rotationId, end) {
      return change(rotationId, (rotation) => {
        const holds = rotation.executionArn === end.executionArn
        if (holds && !SETTLED.includes(rotation.status)) rotation.runEnd = end
      })
    },
    async correct(rotationId, { at, ...fields }, by) {
      return change(rotationId, (rotation) => {
        const isLess = rotation.rotatedAt !== undefined && fields.rotatedAt === undefined
        if (!rotation.guessed || rotation.executionArn !== by || isLess) return
        for (const name of ['guessed', 'late', 'reason', 'message'] as const) delete rotation[name]
        Object.assign(rotation, changed(rotation, fields))
        rotation.events = [...rotation.events, transitionOf(at, fields)]
      })
    },
    async transition(rotationId, from, { at, ...fields }, only) {
      return change(rotationId, (rotation) => {
        if (!from.includes(rotation.status)) return
        if (only && only.by !== rotation.executionArn) return
        const { status, reason } = fields
        Object.assign(rotation, changed(rotation, fields))
        if (status === 'SUCCEEDED' && reason === undefined) delete rotation.reason
        rotation.events = [...rotation.events, transitionOf(at, fields)]
      })
    },
    async noteConsumer(rotationId, index, before, consumer) {
      return change(rotationId, (rotation) => {
        const { handover } = rotation
        const standing = handover?.consumers[index]
        if (
          handover?.status === 'RUNNING' &&
          standing?.id === consumer.id &&
          standing.sentAt === before.sentAt
        )
          rotation.handover = { ...handover, consumers: handover.consumers.with(index, plainCopy(consumer)) }
      })
    },
    async endHandover(rotationId, status) {
      return change(rotationId, (rotation) => {
        if (rotation.handover?.status === 'RUNNING') rotation.handover = { ...rotation.handover, status }
      })
    },
    async takeOver(rotationId, from, to, at) {
      return change(rotationId, (rotation) => {
        if (rotation.status === 'CLAIMED' && rotation.executionArn === from) {
          rotation.executionArn = to
          const taken = { at, status: 'CLAIMED' as const, message: `taken over from ${from}` }
          rotation.events = [...rotation.events, taken]
        }
      })
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
