import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { expiryOf, RETENTION_DAYS, TTL_ATTRIBUTE } from './table.ts'

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
  /** Hands a wave from one execution, which was found silent, to another. Answers with the record as it then stands. */
  takeOver(waveId: string, from: string, to: string): Promise<WaveRecord | undefined>
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

/** Records expire `retentionDays` after the wave started. */
export function openWaves(
  client: DynamoDBDocumentClient,
  table: string,
  { retentionDays = RETENTION_DAYS }: { retentionDays?: number } = {},
): Waves {
  const key = (waveId: string) => ({ id: `wave#${waveId}` })
  async function get(waveId: string): Promise<WaveRecord | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: key(waveId), ConsistentRead: true }),
    )
    return Item && toWave(Item)
  }
  async function begun(local: string): Promise<string | undefined> {
    const Key = { id: `occurrence#${local}` }
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }))
    return Item?.occasion as string | undefined
  }
  return {
    begun,
    async begin(local, occasion, at) {
      const Item = { id: `occurrence#${local}`, occasion, [TTL_ATTRIBUTE]: expiryOf(at, retentionDays) }
      try {
        await client.send(
          new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(id)' }),
        )
        return occasion
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return (await begun(local)) ?? occasion
        throw error
      }
    },
    async start(waveId, { executionArn, ...wave }) {
      // Not under `schedule` and `scheduledAt`: the indexes are for rotations.
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: key(waveId),
          UpdateExpression:
            'SET wave = if_not_exists(wave, :wave), executionArn = if_not_exists(executionArn, :by), #ttl = if_not_exists(#ttl, :ttl)',
          ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
          ExpressionAttributeValues: {
            ':wave': wave,
            ':by': executionArn,
            ':ttl': expiryOf(wave.startedAt, retentionDays),
          },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return toWave(Attributes ?? {})
    },
    async takeOver(waveId, from, to) {
      try {
        const { Attributes } = await client.send(
          new UpdateCommand({
            TableName: table,
            Key: key(waveId),
            UpdateExpression: 'SET executionArn = :to',
            ConditionExpression: 'executionArn = :from',
            ExpressionAttributeValues: { ':from': from, ':to': to },
            ReturnValues: 'ALL_NEW',
          }),
        )
        return toWave(Attributes ?? {})
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return get(waveId)
        throw error
      }
    },
    async noteFailure(waveId, rotationId, most = MOST_FAILED) {
      try {
        await client.send(
          new UpdateCommand({
            TableName: table,
            Key: key(waveId),
            UpdateExpression: 'ADD failed :id',
            ConditionExpression: 'attribute_not_exists(failed) OR size(failed) < :most',
            ExpressionAttributeValues: { ':id': new Set([rotationId]), ':most': most },
          }),
        )
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    },
    async forgetFailure(waveId, rotationId) {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: key(waveId),
          UpdateExpression: 'DELETE failed :id',
          ExpressionAttributeValues: { ':id': new Set([rotationId]) },
        }),
      )
    },
    get,
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
