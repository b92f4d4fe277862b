import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { atDoor } from '../model/text.ts'
import type { ReportedFailure, Rotation, Status } from './rotation.ts'
import { SETTLED } from './rotation.ts'
import { expiryOf, INDEXES, type Index, RETENTION_DAYS, TTL_ATTRIBUTE } from './table.ts'
import { withWordsCut } from './texts.ts'

/** What is known when a rotation is claimed. */
export type Claim = Omit<Rotation, 'status' | 'events'>

/** What a transition adds to the record; undefined leaves an attribute as it is. */
export type Change = { status: Status; at: string } & {
  [Name in Added]?: Rotation[Name] | undefined
}

type Added =
  | 'reason'
  | 'message'
  | 'secretArn'
  | 'account'
  | 'region'
  | 'startedAt'
  | 'rotatedAt'
  | 'settledAt'
  | 'skewMs'
  | 'durationMs'
  | 'previousVersionId'
  | 'versionId'
  | 'adopted'
  | 'late'

export type Ledger = {
  /** Creates the record unless there is one: then answers with that one, whoever made it. */
  claim(claim: Claim): Promise<Rotation>
  /** Creates a record of how a rotation ended that no run has claimed; where there is a record, answers with that. */
  record(claim: Claim, outcome: Change): Promise<Rotation>
  /** Notes a failure that AWS has reported, while the rotation is without an outcome. Answers with the record. */
  noteFailure(rotationId: string, failure: ReportedFailure): Promise<Rotation>
  /**
   * Moves a rotation along if it stands at one of `from`; otherwise changes nothing. Answers with the record as it
   * then stands, so a write that was carried out but whose answer got lost reads the same the second time. `only.by`:
   * the execution that holds the rotation; another one changes nothing either.
   */
  transition(rotationId: string, from: Status[], change: Change, only?: { by: string }): Promise<Rotation>
  /**
   * Hands a rotation that is still CLAIMED from one execution to another, which found the first one silent. From then
   * on the first changes nothing any more. Answers with the record as it then stands.
   */
  takeOver(rotationId: string, from: string, to: string, at: string): Promise<Rotation>
  get(rotationId: string): Promise<Rotation | undefined>
  /** Newest first unless `oldestFirst`; page by page. `from` inclusive, `to` exclusive, ISO instants. */
  query(index: Index, key: string, range?: QueryRange): AsyncGenerator<Rotation>
}

export type QueryRange = { from?: string; to?: string; oldestFirst?: boolean }

/** The ledger in a DynamoDB table. Records expire `retentionDays` after they were claimed. */
export function openLedger(
  client: DynamoDBDocumentClient,
  table: string,
  { retentionDays = RETENTION_DAYS }: { retentionDays?: number } = {},
): Ledger {
  async function get(rotationId: string): Promise<Rotation | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { id: rotationId }, ConsistentRead: true }),
    )
    return Item && toRotation(Item)
  }

  async function existing(rotationId: string): Promise<Rotation> {
    const rotation = await get(rotationId)
    if (!rotation)
      throw new Error(`rotation ${rotationId} is not in the ledger table ${table}: was it deleted by hand?`)
    return rotation
  }

  const claim = (claimed: Claim) =>
    create({
      ...claimed,
      status: 'CLAIMED',
      events: [{ at: claimed.claimedAt, status: 'CLAIMED' }],
    })

  const record = (claimed: Claim, { at, ...change }: Change) => {
    const outcome = withWordsCut(change as Partial<Rotation>) as typeof change
    const { status, reason, message } = outcome
    return create({
      ...claimed,
      ...(outcome as Pick<Rotation, 'status'>),
      events: [{ at, status, ...(reason && { reason }), ...(message && { message }) }],
    })
  }

  async function create(asked: Rotation): Promise<Rotation> {
    const rotation = withWordsCut(asked)
    const Item = {
      ...rotation,
      id: rotation.rotationId,
      day: rotation.scheduledAt.slice(0, 10),
      ...(!SETTLED.includes(rotation.status) && { unsettled: 'yes' }),
      [TTL_ATTRIBUTE]: expiryOf(rotation.claimedAt, retentionDays),
    }
    try {
      await client.send(
        new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(id)' }),
      )
      return rotation
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(rotation.rotationId)
      throw error
    }
  }

  async function noteFailure(rotationId: string, failure: ReportedFailure): Promise<Rotation> {
    try {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { id: rotationId },
          UpdateExpression: 'SET failure = :failure',
          ConditionExpression: 'attribute_exists(unsettled)',
          ExpressionAttributeValues: { ':failure': { ...failure, message: atDoor(failure.message) } },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return toRotation(Attributes ?? {})
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(rotationId)
      throw error
    }
  }

  async function transition(
    rotationId: string,
    from: Status[],
    change: Change,
    only?: { by: string },
  ): Promise<Rotation> {
    const { at, ...asked } = change
    const fields = withWordsCut(asked as Partial<Rotation>) as typeof asked
    const { status, reason, message } = fields
    const set = Object.entries(fields).filter(([, value]) => value !== undefined)
    // A late success leaves the reason of the earlier outcome to the events.
    const removed = [
      ...(SETTLED.includes(status) ? ['#unsettled'] : []),
      ...(status === 'SUCCEEDED' && reason === undefined ? ['#reason'] : []),
    ]
    try {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { id: rotationId },
          // The transition and the record of it are one write: neither can exist without the other.
          UpdateExpression: [
            `SET #events = list_append(#events, :event), ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
            ...(removed.length > 0 ? [`REMOVE ${removed.join(', ')}`] : []),
          ].join(' '),
          ConditionExpression: [
            `#status IN (${from.map((_, i) => `:from${i}`).join(', ')})`,
            ...(only ? ['executionArn = :by'] : []),
          ].join(' AND '),
          ExpressionAttributeNames: {
            '#events': 'events',
            ...(removed.includes('#unsettled') && { '#unsettled': 'unsettled' }),
            ...(removed.includes('#reason') && { '#reason': 'reason' }),
            ...Object.fromEntries(set.map(([name]) => [`#${name}`, name])),
          },
          ExpressionAttributeValues: {
            ':event': [{ at, status, ...(reason && { reason }), ...(message && { message }) }],
            ...(only && { ':by': only.by }),
            ...Object.fromEntries(from.map((value, i) => [`:from${i}`, value])),
            ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
          },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return toRotation(Attributes ?? {})
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(rotationId)
      throw error
    }
  }

  async function takeOver(rotationId: string, from: string, to: string, at: string): Promise<Rotation> {
    try {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { id: rotationId },
          UpdateExpression: 'SET executionArn = :to, #events = list_append(#events, :event)',
          ConditionExpression: '#status = :claimed AND executionArn = :from',
          ExpressionAttributeNames: { '#status': 'status', '#events': 'events' },
          ExpressionAttributeValues: {
            ':to': to,
            ':from': from,
            ':claimed': 'CLAIMED',
            ':event': [{ at, status: 'CLAIMED', message: `taken over from ${from}` }],
          },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return toRotation(Attributes ?? {})
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(rotationId)
      throw error
    }
  }

  async function* query(index: Index, key: string, range: QueryRange = {}): AsyncGenerator<Rotation> {
    const bounds = { from: range.from ? iso(range.from) : '0000', to: range.to ? iso(range.to) : '9999' }
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        IndexName: index,
        KeyConditionExpression: '#key = :key AND #at BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#key': INDEXES[index], '#at': 'scheduledAt' },
        ExpressionAttributeValues: { ':key': key, ':from': bounds.from, ':to': bounds.to },
        ScanIndexForward: range.oldestFirst ?? false,
      },
    )
    for await (const { Items = [] } of pages) {
      // BETWEEN includes its end; ours is exclusive.
      for (const item of Items) if (item.scheduledAt !== bounds.to) yield toRotation(item)
    }
  }

  return { claim, record, noteFailure, transition, takeOver, get, query }
}

/** As records have it, with milliseconds and in UTC: the table compares letters, not instants. */
function iso(instant: string): string {
  return new Date(instant).toISOString()
}

/** An item without the attributes that only keys and expiry need. */
function toRotation(item: Record<string, unknown>): Rotation {
  const { id: _id, day: _day, unsettled: _unsettled, [TTL_ATTRIBUTE]: _ttl, ...rotation } = item
  return rotation as Rotation
}
