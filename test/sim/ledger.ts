import type { Ledger } from '../../src/ledger/ledger.ts'
import { type Rotation, SETTLED } from '../../src/ledger/rotation.ts'
import { INDEXES } from '../../src/ledger/table.ts'

/**
 * The ledger in memory, with the table's conditional writes: test/ledger/contract.test.ts holds both to one contract.
 */
export function memoryLedger(): Ledger & { rows: Map<string, Rotation> } {
  const rows = new Map<string, Rotation>()
  const copy = (rotation: Rotation) => structuredClone(rotation)
  return {
    rows,
    async claim(claim) {
      const known = rows.get(claim.rotationId)
      if (known) return copy(known)
      const rotation: Rotation = {
        ...structuredClone(claim),
        status: 'CLAIMED',
        events: [{ at: claim.claimedAt, status: 'CLAIMED' }],
      }
      rows.set(claim.rotationId, rotation)
      return copy(rotation)
    },
    async transition(rotationId, from, { at, ...fields }) {
      const rotation = rows.get(rotationId)
      if (!rotation) throw new Error(`rotation ${rotationId} is not in the ledger`)
      if (!from.includes(rotation.status)) return copy(rotation)
      const { status, reason, message } = fields
      Object.assign(
        rotation,
        Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      )
      rotation.events.push({ at, status, ...(reason && { reason }), ...(message && { message }) })
      return copy(rotation)
    },
    async get(rotationId) {
      const rotation = rows.get(rotationId)
      return rotation && copy(rotation)
    },
    async *query(index, key, { from = '0000', to = '9999', oldestFirst = false } = {}) {
      const value = (it: Rotation) => {
        if (index === 'byDay') return it.scheduledAt.slice(0, 10)
        if (index === 'unsettled') return SETTLED.includes(it.status) ? '' : 'yes'
        return it[INDEXES[index] as 'secretName' | 'schedule']
      }
      const found = [...rows.values()]
        .filter((it) => value(it) === key && it.scheduledAt >= from && it.scheduledAt < to)
        .sort((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1))
      for (const rotation of oldestFirst ? found : found.reverse()) yield copy(rotation)
    },
  }
}
