import { setTimeout as sleep } from 'node:timers/promises'
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { INDEXES, type Index } from './table.ts'

/** What the stores ask of DynamoDB: each answers in items, and a condition that does not hold is an answer, no error. */
export type Table = {
  name: string
  /** Where it is. */
  region(): Promise<string>
  /** Read consistently. */
  get(id: string): Promise<Item | undefined>
  /** All that there are of these ids, read consistently, or it rejects. */
  getAll(ids: string[]): Promise<Item[]>
  /** Whether it was written: not where the condition does not hold. */
  put(item: Item, condition?: Condition): Promise<boolean>
  /** The item as it then stands; undefined where the condition does not hold, and nothing changed. */
  update(id: string, expressions: Expressions): Promise<Item | undefined>
  /** All of them, or none: false where a condition does not hold, or others are writing the same items. */
  transact(updates: ({ id: string } & Expressions)[]): Promise<boolean>
  /** Sorted by `scheduledAt`, page by page, from an index: a second old, perhaps. */
  query(index: Index, key: string, options?: QueryOptions): AsyncGenerator<Item>
}

export type Item = Record<string, unknown>

export type Condition = {
  expression: string
  names?: Record<string, string>
  values?: Record<string, unknown>
}

export type Expressions = Omit<UpdateCommandInput, 'TableName' | 'Key'>

/** `where`: a condition on `scheduledAt`, which is `#at` there. */
export type QueryOptions = {
  where?: { expression: string; values: Record<string, string> }
  newestFirst?: boolean
}

export const IS_NEW: Condition = { expression: 'attribute_not_exists(id)' }

export function openTable(client: DynamoDBDocumentClient, name: string): Table {
  async function get(id: string): Promise<Item | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: name, Key: { id }, ConsistentRead: true }))
    return Item
  }
  return {
    name,
    region: () => client.config.region(),
    get,
    async getAll(ids) {
      // Whoever holds and releases by hand may not have the permission for batches.
      const [only] = ids
      if (only !== undefined && ids.length === 1) {
        const item = await get(only)
        return item ? [item] : []
      }
      const found: Item[] = []
      for (let at = 0; at < ids.length; at += MOST_KEYS)
        found.push(...(await batchGet(client, name, ids.slice(at, at + MOST_KEYS))))
      return found
    },
    put: async (Item, condition) =>
      (await unlessConditionFails(() =>
        client.send(new PutCommand({ TableName: name, Item, ...(condition && inputOf(condition)) })),
      )) !== undefined,
    async update(id, expressions) {
      const input = { TableName: name, Key: { id }, ReturnValues: 'ALL_NEW' as const, ...expressions }
      const done = await unlessConditionFails(() => client.send(new UpdateCommand(input)))
      return done && (done.Attributes ?? {})
    },
    async transact(updates) {
      const TransactItems = updates.map(({ id, UpdateExpression, ...expressions }) => ({
        Update: { TableName: name, Key: { id }, UpdateExpression, ...expressions },
      }))
      try {
        await client.send(new TransactWriteCommand({ TransactItems }))
        return true
      } catch (error) {
        if (isContested(error)) return false
        throw error
      }
    },
    async *query(index, key, { where, newestFirst = false } = {}) {
      const pages = paginateQuery(
        { client },
        {
          TableName: name,
          IndexName: index,
          KeyConditionExpression: ['#key = :key', ...(where ? [where.expression] : [])].join(' AND '),
          ExpressionAttributeNames: { '#key': INDEXES[index], ...(where && { '#at': 'scheduledAt' }) },
          ExpressionAttributeValues: { ':key': key, ...where?.values },
          ScanIndexForward: !newestFirst,
        },
      )
      for await (const { Items = [] } of pages) yield* Items
    },
  }
}

/**
 * An update in DynamoDB's language: what is defined is set, what is to go is removed, an event appended to `events`.
 * Values of the condition go by other names than the attributes that are set.
 */
export function expressionsOf({
  set = {},
  remove = [],
  event,
  condition,
}: {
  set?: Record<string, unknown>
  remove?: string[]
  event?: object
  condition?: Condition | undefined
}): Expressions {
  const assigned = Object.entries(set).filter(([, value]) => value !== undefined)
  const names = [...(event ? ['events'] : []), ...assigned.map(([name]) => name), ...remove]
  const sets = [
    ...(event ? ['#events = list_append(#events, :event)'] : []),
    ...assigned.map(([name]) => `#${name} = :${name}`),
  ]
  const removes = remove.map((name) => `#${name}`)
  const values = {
    ...condition?.values,
    ...Object.fromEntries(assigned.map(([name, value]) => [`:${name}`, value])),
    ...(event && { ':event': [event] }),
  }
  return {
    UpdateExpression: [
      ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
      ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
    ].join(' '),
    ...(condition && { ConditionExpression: condition.expression }),
    ExpressionAttributeNames: {
      ...condition?.names,
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
    },
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  }
}

/** `#name IN (…)`. */
export function isOneOf(name: string, values: readonly string[]): Required<Condition> {
  const keys = values.map((_, index) => `:${name}${index}`)
  return {
    expression: `#${name} IN (${keys.join(', ')})`,
    names: { [`#${name}`]: name },
    values: Object.fromEntries(keys.map((key, index) => [key, values[index]])),
  }
}

function inputOf({ expression, names, values }: Condition) {
  return {
    ConditionExpression: expression,
    ...(names && { ExpressionAttributeNames: names }),
    ...(values && { ExpressionAttributeValues: values }),
  }
}

async function unlessConditionFails<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

function isContested(error: unknown): boolean {
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : []
  return reasons.some(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict')
}

/** Source: DynamoDB API reference, BatchGetItem. */
const MOST_KEYS = 100

/** Pauses before what was left out is asked for again, ms: together shorter than anybody waits for. */
const PAUSES_MS = [50, 100, 200]

/**
 * BatchGetItem may answer with HTTP 200 and leave keys out (`UnprocessedKeys`) where throughput is short: what was left
 * out is not what is not there.
 */
async function batchGet(client: DynamoDBDocumentClient, table: string, ids: string[]): Promise<Item[]> {
  const found: Item[] = []
  let left: Item[] = ids.map((id) => ({ id }))
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
    `DynamoDB left ${left.length} of ${ids.length} keys of ${table} unread, ${PAUSES_MS.length + 1} times`,
  )
}

class PartialAnswer extends Error {
  override name = 'PartialAnswer'
}
