import type { AuditState, AuditStates } from '../../ledger/audit-state.ts'
import type { Deliveries, UnknownDelivery } from '../../ledger/deliveries.ts'
import type { Notices } from '../../ledger/notices.ts'
import type { Policies, Policy } from '../../ledger/policies.ts'
import { MOST_FAILED, MOST_GUESSED, type WaveRecord, type Waves } from '../../ledger/waves.ts'
import { plainCopy } from './plain-copy.ts'

/** What runs and audits keep beside the rotations, in memory. */

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

export function memoryDeliveries(): Deliveries & { rows: Map<string, UnknownDelivery> } {
  const rows = new Map<string, UnknownDelivery>()
  return {
    rows,
    note: async (delivery) => void rows.set(delivery.schedule, plainCopy(delivery)),
    since: async (since) => [...rows.values()].filter(({ at }) => at >= since),
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

export function memoryPolicies(): Policies {
  let kept: Policy | undefined
  return {
    get: async () => plainCopy(kept),
    async put(policy) {
      if (kept === undefined || kept.at < policy.at) kept = plainCopy(policy)
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
