import { setTimeout as sleep } from 'node:timers/promises'
import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'

/** Source: DynamoDB API reference, BatchGetItem. */
const MOST_KEYS = 100

/** Pauses before what was left out is asked for again, ms: together shorter than anybody waits for. */
const PAUSES_MS = [50, 100, 200]

/**
 * The items of these ids, read consistently: all that there are, or it rejects. BatchGetItem may answer with HTTP 200
 * and leave keys out (`UnprocessedKeys`) where throughput is short: what was left out is not what is not there.
 */
export async function batchGet(
  client: DynamoDBDocumentClient,
  table: string,
  ids: string[],
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  for (let at = 0; at < ids.length; at += MOST_KEYS) {
    const keys = ids.slice(at, at + MOST_KEYS).map((id) => ({ id }))
    found.push(...(await whole(client, table, keys)))
  }
  return found
}

async function whole(client: DynamoDBDocumentClient, table: string, keys: Record<string, unknown>[]) {
  const [Key] = keys
  // Whoever holds and releases by hand may not have the permission for batches.
  if (Key && keys.length === 1) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }))
    return Item ? [Item] : []
  }
  const found: Record<string, unknown>[] = []
  let left = keys
  for (const pause of [0, ...PAUSES_MS]) {
    if (pause > 0) await sleep(pause)
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }),
    )
    found.push(...(Responses?.[table] ?? []))
    left = UnprocessedKeys?.[table]?.Keys ?? []
    if (left.length === 0) return found
  }
  throw new PartialAnswer(
    `DynamoDB left ${left.length} of ${keys.length} keys of ${table} unread, ${PAUSES_MS.length + 1} times`,
  )
}

class PartialAnswer extends Error {
  override name = 'PartialAnswer'
}
