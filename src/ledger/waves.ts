import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { expiryOf, RETENTION_DAYS, TTL_ATTRIBUTE } from './table.ts'

/** A wave's own record: what it was made of, and which of its rotations went wrong. */
export type WaveRecord = {
  schedule: string
  /** ISO instant. */
  scheduledAt: string
  startedAt: string
  /** How many secrets it was resolved to. */
  secrets: number
  /** Ids of rotations that FAILED or TIMED_OUT: a set, so that noting one twice is noting it once. */
  failed: string[]
}

export type Waves = {
  /** Notes that a wave has started; once it is there, it stays as it was first noted. */
  start(waveId: string, wave: Omit<WaveRecord, 'failed'>): Promise<void>
  noteFailure(waveId: string, rotationId: string): Promise<void>
  /** Read consistently. */
  get(waveId: string): Promise<WaveRecord | undefined>
}

/** Records expire `retentionDays` after the wave started. */
export function openWaves(
  client: DynamoDBDocumentClient,
  table: string,
  { retentionDays = RETENTION_DAYS }: { retentionDays?: number } = {},
): Waves {
  const key = (waveId: string) => ({ id: `wave#${waveId}` })
  return {
    async start(waveId, { schedule, scheduledAt, startedAt, secrets }) {
      // Not under `schedule` and `scheduledAt`: the indexes are for rotations.
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: key(waveId),
          UpdateExpression: 'SET wave = if_not_exists(wave, :wave), #ttl = if_not_exists(#ttl, :ttl)',
          ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
          ExpressionAttributeValues: {
            ':wave': { schedule, scheduledAt, startedAt, secrets },
            ':ttl': expiryOf(startedAt, retentionDays),
          },
        }),
      )
    },
    async noteFailure(waveId, rotationId) {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: key(waveId),
          UpdateExpression: 'ADD failed :id',
          ExpressionAttributeValues: { ':id': new Set([rotationId]) },
        }),
      )
    },
    async get(waveId) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: key(waveId), ConsistentRead: true }),
      )
      return Item && { ...(Item.wave as Omit<WaveRecord, 'failed'>), failed: [...(Item.failed ?? [])] }
    },
  }
}
