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
  /**
   * Ids of rotations that FAILED or TIMED_OUT, no more of them than stop the wave: a set, so that noting one twice is
   * noting it once.
   */
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
   * Notes a failure, unless `most` are noted. Each write to a set that only grows would cost more than the one before,
   * all of them on one item, and DynamoDB keeps none beyond 400 KB.
   */
  noteFailure(waveId: string, rotationId: string, most?: number): Promise<void>
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

/** The highest `maxErrors`: no wave asks for more. */
export const MOST_FAILED = 1_000

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
    async noteFailure(waveId, rotationId, most = MOST_FAILED) {
      await table.update(idOf(waveId), {
        UpdateExpression: 'ADD failed :id',
        ConditionExpression: 'attribute_not_exists(failed) OR size(failed) < :most',
        ExpressionAttributeValues: { ':id': new Set([rotationId]), ':most': most },
        ReturnValues: 'NONE',
      })
    },
    async forgetFailure(waveId, rotationId) {
      await table.update(idOf(waveId), {
        UpdateExpression: 'DELETE failed :id',
        ExpressionAttributeValues: { ':id': new Set([rotationId]) },
        ReturnValues: 'NONE',
      })
    },
  }
}

/** `noteFailure` alone makes no wave: then there is a set of failures, and nothing else. */
function toWave({ wave, executionArn, failed = [] }: Record<string, unknown>): WaveRecord {
  return {
    ...(wave as WaveRecord),
    executionArn: executionArn as string,
    failed: [...(failed as Set<string>)],
  }
}
