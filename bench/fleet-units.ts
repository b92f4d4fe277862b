import type { Ledger } from '../src/ledger/ledger.ts'
import { INDEXES, TTL_ATTRIBUTE } from '../src/ledger/table.ts'
import type { Waves } from '../src/ledger/waves.ts'
import type { Rotation } from '../src/model/rotation.ts'
import type { Ports } from '../src/rotation/ports.ts'

export type Units = { write: number; read: number }

type Records = Pick<Ports, 'ledger' | 'holds' | 'waves' | 'policies'>

/** What an item has for its keys and its expiry. */
const KEYS = { id: crypto.randomUUID(), day: '2026-11-29', unsettled: 'yes', [TTL_ATTRIBUTE]: 1_830_000_000 }

/**
 * The ledger's records, each request counted by its action and by the units that DynamoDB would bill: a unit per KB
 * written, to the table and to each index that has the item, and per 4 KB read consistently.
 * Source: DynamoDB Developer Guide, read-write operations; GSI, write throughput.
 */
export function metered(
  records: { ledger: Ledger; holds: Ports['holds']; waves: Waves; policies: Ports['policies'] },
  count: (action: string) => void,
  units: Units,
): Records {
  const { ledger, holds, waves, policies } = records
  const wrote = async (action: string, answer: Promise<Rotation>) => {
    count(action)
    const rotation = await answer
    // `unsettled` loses the item at the end: that is a write to it as well.
    const item = { ...rotation, ...KEYS }
    units.write += Math.ceil(sizeOf(item) / 1_024) * (1 + Object.keys(INDEXES).length)
    return rotation
  }
  const wroteWave = async <T>(answer: Promise<T>) => {
    count('UpdateItem')
    const record = await answer
    units.write += Math.ceil(sizeOf(record) / 1_024)
    return record
  }
  const read = async <T>(answer: Promise<T>) => {
    count('GetItem')
    const item = await answer
    units.read += Math.max(1, Math.ceil(sizeOf(item) / 4_096))
    return item
  }
  return {
    ledger: {
      claim: (claim) => wrote('PutItem', ledger.claim(claim)),
      noteSending: (...args) => wrote('UpdateItem', ledger.noteSending(...args)),
      transition: (...args) => wrote('UpdateItem', ledger.transition(...args)),
      correct: (...args) => wrote('UpdateItem', ledger.correct(...args)),
      takeOver: (...args) => wrote('UpdateItem', ledger.takeOver(...args)),
      get: (id) => read(ledger.get(id)),
    },
    policies: { get: () => read(policies.get()) },
    holds: {
      covering(...args) {
        count('BatchGetItem')
        // Three keys; one that has no item costs a unit as well.
        units.read += 3
        return holds.covering(...args)
      },
    },
    waves: {
      start: (...args) => wroteWave(waves.start(...args)),
      takeOver: (...args) => wroteWave(waves.takeOver(...args)),
      noteFailure: (waveId, ...args) =>
        wroteWave(waves.noteFailure(waveId, ...args).then(() => waves.get(waveId))).then(() => {}),
      forgetFailure: (waveId, id) =>
        wroteWave(waves.forgetFailure(waveId, id).then(() => waves.get(waveId))).then(() => {}),
      get: (waveId) => read(waves.get(waveId)),
      // A hundred bytes: one unit each.
      async begin(...args) {
        units.write++
        return waves.begin(...args)
      },
      async begun(local) {
        units.read++
        return waves.begun(local)
      },
    },
  }
}

/** An item's size: its names and values in UTF-8, three bytes and one an element for a map or list. */
export function sizeOf(value: unknown): number {
  if (value === undefined || value === null) return 1
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return Math.ceil(String(Math.abs(value)).length / 2) + 1
  if (typeof value === 'boolean') return 1
  if (Array.isArray(value)) return value.reduce((sum: number, it) => sum + sizeOf(it) + 1, 3)
  return Object.entries(value).reduce((sum, [name, it]) => sum + Buffer.byteLength(name) + sizeOf(it) + 1, 3)
}
