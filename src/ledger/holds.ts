import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { batchGet } from './batch-get.ts'
import { openItems } from './open-items.ts'

/** An operator's emergency stop: everything, a schedule, or a secret. It works at once, without a deploy. */
export type Hold = {
  scope: Scope
  reason: string
  by: string
  /** ISO instants. Without `until` it holds until it is released. */
  placedAt: string
  until?: string
  releasedAt?: string
  releasedBy?: string
  /** Everything that ever happened to this scope, oldest first. */
  events: { at: string; action: 'placed' | 'released'; by: string; reason?: string; until?: string }[]
}

/** `all`, `schedule/NAME`, or `secret/NAME`. */
export type Scope = 'all' | `schedule/${string}` | `secret/${string}`

export type Holds = {
  place(hold: Pick<Hold, 'scope' | 'reason' | 'by' | 'placedAt' | 'until'>): Promise<Hold>
  /** Undefined where nothing of this scope is held at `at`. */
  release(scope: Scope, by: string, at: string): Promise<Hold | undefined>
  /** The holds in force at `now` (ISO) over a secret of a schedule. Read consistently: a hold counts at once. */
  covering(schedule: string, secretName: string, now: string): Promise<Hold[]>
  /** The holds that have ever been placed over a secret of a schedule, with all that happened to them. */
  everOver(schedule: string, secretName: string): Promise<Hold[]>
  /** Every hold in force at `now` (ISO). */
  inForce(now: string): Promise<Hold[]>
}

/** A hold in force has this in the sparse index `unsettled`. */
const OPEN = 'hold'

export function openHolds(client: DynamoDBDocumentClient, table: string): Holds {
  async function everOver(schedule: string, secretName: string): Promise<Hold[]> {
    const scopes: Scope[] = ['all', `schedule/${schedule}`, `secret/${secretName}`]
    return (await batchGet(client, table, scopes.map(idOf))).map(toHold)
  }

  return {
    async place({ scope, reason, by, placedAt, until }) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { id: idOf(scope) },
          UpdateExpression: [
            'SET #scope = :scope, reason = :reason, #by = :by, placedAt = :at, scheduledAt = :at, unsettled = :open',
            ', events = list_append(if_not_exists(events, :none), :event)',
            until === undefined
              ? ' REMOVE #until, releasedAt, releasedBy'
              : ', #until = :until REMOVE releasedAt, releasedBy',
          ].join(''),
          ExpressionAttributeNames: { '#scope': 'scope', '#by': 'by', '#until': 'until' },
          ExpressionAttributeValues: {
            ':scope': scope,
            ':reason': reason,
            ':by': by,
            ':at': placedAt,
            ':open': OPEN,
            ':none': [],
            ':event': [{ at: placedAt, action: 'placed', by, reason, ...(until && { until }) }],
            ...(until !== undefined && { ':until': until }),
          },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return toHold(Attributes ?? {})
    },
    async release(scope, by, at) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { id: idOf(scope) }, ConsistentRead: true }),
      )
      if (!Item || !isInForce(toHold(Item), at)) return undefined
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { id: idOf(scope) },
          UpdateExpression:
            'SET releasedAt = :at, releasedBy = :by, events = list_append(events, :event) REMOVE unsettled',
          ExpressionAttributeValues: { ':at': at, ':by': by, ':event': [{ at, action: 'released', by }] },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return toHold(Attributes ?? {})
    },
    everOver,
    async covering(schedule, secretName, now) {
      return (await everOver(schedule, secretName)).filter((hold) => isInForce(hold, now))
    },
    async inForce(now) {
      const found: Hold[] = []
      for await (const item of openItems(client, table, OPEN)) {
        const hold = toHold(item)
        if (isInForce(hold, now)) found.push(hold)
      }
      return found
    },
  }
}

/** Placed, not released, and not past its end. `now`: ISO. */
export function isInForce({ releasedAt, until }: Hold, now: string): boolean {
  return releasedAt === undefined && (until === undefined || now < until)
}

function idOf(scope: Scope): string {
  return `hold#${scope}`
}

function toHold(item: Record<string, unknown>): Hold {
  const { id: _id, scheduledAt: _scheduledAt, unsettled: _unsettled, ...hold } = item
  return hold as Hold
}
