import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { openItems } from './open-items.ts'
import { expiryOf, RETENTION_DAYS, TTL_ATTRIBUTE } from './table.ts'

/**
 * What was asked for on demand, under its id: the first to ask writes it, and whoever asks with that id again is
 * answered by it. Instants are ISO, in UTC.
 */
export type KeptRequest = {
  requestId: string
  /** What it asks for, in one form whatever the wording: another request of the same id is compared with it. */
  asked: string
  /** JSON that starts its execution, as text: another text would be another execution. */
  payload: string
  scheduledAt: string
  /** PLANNED until shortly before its instant; MISSED where no run of it had started by the end of its window. */
  state: 'PLANNED' | 'STARTED' | 'CANCELLED' | 'MISSED'
  askedAt: string
  by?: string
  reason?: string
  /** Everything that ever happened to it, oldest first. */
  events: RequestEvent[]
}

export type RequestEvent = { at: string; state: KeptRequest['state']; by?: string; reason?: string }

export type Requests = {
  /** Keeps a request, unless one is kept under its id. Answers with what stands. */
  keep(request: Omit<KeptRequest, 'events'>): Promise<KeptRequest>
  /** Read consistently. */
  get(requestId: string): Promise<KeptRequest | undefined>
  /** Moves it along if it stands at one of `from`; otherwise changes nothing. Answers with what then stands. */
  move(requestId: string, from: KeptRequest['state'][], event: RequestEvent): Promise<KeptRequest | undefined>
  /** Nothing more is to be done about it: it is no longer among those that are open. */
  close(requestId: string): Promise<void>
  /** Those that nobody has cancelled, and whose outcomes have not all been seen, soonest first. */
  open(): AsyncGenerator<KeptRequest>
}

/** One that the audit is to look after has this in the sparse index `unsettled`. */
const OPEN = 'request'

/** Requests expire `retentionDays` after their instant. */
export function openRequests(
  client: DynamoDBDocumentClient,
  table: string,
  { retentionDays = RETENTION_DAYS }: { retentionDays?: number } = {},
): Requests {
  const key = (requestId: string) => ({ id: `request#${requestId}` })

  async function get(requestId: string): Promise<KeptRequest | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: key(requestId), ConsistentRead: true }),
    )
    return Item && toRequest(Item)
  }

  return {
    get,
    async keep(request) {
      const { requestId, askedAt, state, by, reason, scheduledAt } = request
      const kept: KeptRequest = { ...request, events: [eventOf({ at: askedAt, state, by, reason })] }
      // Nothing of it stands under the keys of the indexes but what makes it open: those are for rotations.
      const { scheduledAt: _, ...fields } = kept
      const Item = {
        ...{ ...key(requestId), ...fields, at: scheduledAt },
        ...{ unsettled: OPEN, scheduledAt },
        [TTL_ATTRIBUTE]: expiryOf(scheduledAt, retentionDays),
      }
      try {
        await client.send(
          new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(id)' }),
        )
        return kept
      } catch (error) {
        const known = error instanceof ConditionalCheckFailedException ? await get(requestId) : undefined
        if (known === undefined) throw error
        return known
      }
    },
    async move(requestId, from, event) {
      const ends = event.state !== 'STARTED'
      try {
        const { Attributes } = await client.send(
          new UpdateCommand({
            TableName: table,
            Key: key(requestId),
            UpdateExpression: `SET #state = :state, events = list_append(events, :event)${ends ? ' REMOVE unsettled' : ''}`,
            ConditionExpression: `#state IN (${from.map((_, i) => `:from${i}`).join(', ')})`,
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: {
              ...{ ':state': event.state, ':event': [eventOf(event)] },
              ...Object.fromEntries(from.map((state, i) => [`:from${i}`, state])),
            },
            ReturnValues: 'ALL_NEW',
          }),
        )
        return toRequest(Attributes ?? {})
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return get(requestId)
        throw error
      }
    },
    async close(requestId) {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: key(requestId),
          UpdateExpression: 'REMOVE unsettled',
          ConditionExpression: 'attribute_exists(id)',
        }),
      )
    },
    async *open() {
      for await (const item of openItems(client, table, OPEN)) yield toRequest(item)
    },
  }
}

function eventOf({ at, state, by, reason }: Loose): RequestEvent {
  return { at, state, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) }
}

type Loose = Pick<RequestEvent, 'at' | 'state'> & { by?: string | undefined; reason?: string | undefined }

function toRequest(item: Record<string, unknown>): KeptRequest {
  const { id: _id, unsettled: _unsettled, [TTL_ATTRIBUTE]: _ttl, at, ...request } = item
  return { ...(request as KeptRequest), scheduledAt: at as string }
}
