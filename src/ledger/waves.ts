import { IS_NEW, type Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** A wave's own record: what it was made of, and which of its rotations went wrong. */
export type WaveRecord = {
  schedule: string
  /** ISO instant. */
  scheduledAt: string
  startedAt: string
  /** How many secrets it was resolved to. */
  secrets: number
  /** Which they were: `namesIdOf` of them. Absent in waves of before 2026-11-28. */
  names?: string
  /** Most that the before-hooks of one rotation may take. Absent in waves of before 2026-11-27. */
  beforeSeconds?: number
  /** Which of them go first: of two runs that list other secrets, both go by these. Absent: none do. */
  canaries?: string[]
  /** How long its rest waits, without a sign of life, once its canaries have succeeded. Absent: none does. */
  soakSeconds?: number
  /** Why it came to nothing: its secrets could not be listed, or there were none. */
  refused?: { reason: string; message: string }
  /** The execution that goes through its secrets: one at a time, so that `concurrency` means what it says. */
  executionArn: string
  /** Ids of rotations that FAILED or TIMED_OUT: a set, so that noting one twice is noting it once. */
  failed: string[]
}

export type Waves = {
  /** Notes that a wave has started, unless it is noted already. Answers with the record as it then stands. */
  start(waveId: string, wave: Omit<WaveRecord, 'failed'>): Promise<WaveRecord>
  /**
   * Hands a wave from one execution, which was found silent, to another; its canaries stay those that were noted first.
   * Answers with the record as it then stands.
   */
  takeOver(waveId: string, from: string, to: string, canaries?: string[]): Promise<WaveRecord | undefined>
  /**
   * Notes a failure, unless `most` are noted, which stop the wave. Each write to a set that only grows would cost more
   * than the one before, all of them on one item, and DynamoDB keeps none beyond 400 KB. While one of them is a guess it
   * is noted all the same: that may be taken back, and then the others have to be enough.
   */
  noteFailure(waveId: string, rotationId: string, most: number): Promise<void>
  /** Notes a failure that is taken for one: its run may still say otherwise. */
  noteGuess(waveId: string, rotationId: string): Promise<void>
  /** Takes a failure back: it had been a guess, and was none. */
  forgetFailure(waveId: string, rotationId: string): Promise<void>
  /** Read consistently. */
  get(waveId: string): Promise<WaveRecord | undefined>
  /**
   * Notes the occasion under which a local occurrence is begun, unless one is noted already; answers with the one that
   * is. `local`: schedule, zone and local time, whatever instant zone data give that.
   */
  begin(local: string, occasion: string, at: string): Promise<string>
  /** The occasion under which it was begun, if it was. Read consistently. */
  begun(local: string): Promise<string | undefined>
}

/** Guesses that are noted: the highest `maxErrors`. */
export const MOST_GUESSED = 1_000

/** Failures that are noted while one is a guess: 80 KB. */
export const MOST_FAILED = 2_000

/** Records expire `RETENTION_DAYS` after the wave started. */
export function openWaves(table: Table): Waves {
  const idOf = (waveId: string) => `wave#${waveId}`
  const occurrenceIdOf = (local: string) => `occurrence#${local}`

  async function get(waveId: string): Promise<WaveRecord | undefined> {
    const item = await table.get(idOf(waveId))
    return item && toWave(item)
  }

  async function begun(local: string): Promise<string | undefined> {
    return (await table.get(occurrenceIdOf(local)))?.occasion as string | undefined
  }

  return {
    get,
    begun,
    async begin(local, occasion, at) {
      const item = { id: occurrenceIdOf(local), occasion, [TTL_ATTRIBUTE]: expiryOf(at) }
      return (await table.put(item, IS_NEW)) ? occasion : ((await begun(local)) ?? occasion)
    },
    async start(waveId, { executionArn, ...wave }) {
      // Not under `schedule` and `scheduledAt`: the indexes are for rotations.
      const started = await table.update(idOf(waveId), {
        UpdateExpression:
          'SET wave = if_not_exists(wave, :wave), executionArn = if_not_exists(executionArn, :by), #ttl = if_not_exists(#ttl, :ttl)',
        ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
        ExpressionAttributeValues: {
          ':wave': wave,
          ':by': executionArn,
          ':ttl': expiryOf(wave.startedAt),
        },
      })
      return toWave(started ?? {})
    },
    async takeOver(waveId, from, to, canaries = []) {
      const some = canaries.length > 0
      const taken = await table.update(idOf(waveId), {
        UpdateExpression: `SET executionArn = :to${some ? ', wave.canaries = if_not_exists(wave.canaries, :canaries)' : ''}`,
        ConditionExpression: 'executionArn = :from',
        ExpressionAttributeValues: { ':from': from, ':to': to, ...(some && { ':canaries': canaries }) },
      })
      return taken ? toWave(taken) : get(waveId)
    },
    async noteFailure(waveId, rotationId, most) {
      await table.update(idOf(waveId), {
        UpdateExpression: 'ADD failed :id DELETE guessed :id',
        ConditionExpression:
          'attribute_not_exists(failed) OR size(failed) < :most OR (attribute_exists(guessed) AND size(failed) < :all)',
        ExpressionAttributeValues: { ':id': new Set([rotationId]), ':most': most, ':all': MOST_FAILED },
        ReturnValues: 'NONE',
      })
    },
    async noteGuess(waveId, rotationId) {
      await table.update(idOf(waveId), {
        UpdateExpression: 'ADD failed :id, guessed :id',
        ConditionExpression: 'attribute_not_exists(failed) OR size(failed) < :most',
        ExpressionAttributeValues: { ':id': new Set([rotationId]), ':most': MOST_GUESSED },
        ReturnValues: 'NONE',
      })
    },
    async forgetFailure(waveId, rotationId) {
      await table.update(idOf(waveId), {
        UpdateExpression: 'DELETE failed :id, guessed :id',
        ExpressionAttributeValues: { ':id': new Set([rotationId]) },
        ReturnValues: 'NONE',
      })
    },
  }
}

/** Noting failures alone makes no wave: then there are sets of them, and nothing else. */
function toWave({ wave, executionArn, failed = [] }: Record<string, unknown>): WaveRecord {
  return {
    ...(wave as WaveRecord),
    executionArn: executionArn as string,
    failed: [...(failed as Set<string>)],
  }
}
