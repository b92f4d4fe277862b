import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { openItems } from './open-items.ts'
import { expiryOf, RETENTION_DAYS, TTL_ATTRIBUTE } from './table.ts'

/** A person's go-ahead for one wave: asked for, and answered once. Times are ISO instants in UTC. */
export type Approval = ApprovalRequest & {
  status: 'PENDING' | Decision['status']
  /** The durable callback that wakes the wave; absent for the moment before it waits. */
  callbackId?: string
  answeredAt?: string
  by?: string
  reason?: string
  /** Everything that ever happened to it, oldest first. */
  events: { at: string; status: Approval['status']; by?: string; reason?: string }[]
}

export type ApprovalRequest = {
  /** Short, to be typed by people; the same for every run of the occurrence. */
  approvalId: string
  schedule: string
  scheduledAt: string
  /** How many secrets wait for it; absent where they are chosen as the wave starts, and it has not. */
  secrets?: number
  /** The execution that asked, and waits; `AHEAD` until one does. */
  executionArn: string
  requestedAt: string
  /** From here on no answer counts. */
  expiresAt: string
}

/** An end of the waiting. Nobody's (`EXPIRED`) has no `by`. */
export type Decision = {
  status: 'APPROVED' | 'REJECTED' | 'EXPIRED'
  at: string
  by?: string | undefined
  reason?: string | undefined
}

/** Stands for the execution in a request that was made ahead of its wave. */
export const AHEAD = 'ahead of time'

export type Approvals = {
  /** Asks, unless it has been asked: then answers with what stands, whoever asked. */
  request(request: ApprovalRequest): Promise<Approval>
  /** Makes a pending request that was made ahead an execution's own: the first one's. Answers as `noteCallback`. */
  takeUp(approvalId: string, by: { executionArn: string; secrets: number }): Promise<Approval>
  /** Notes where the answer is awaited, while there is none. Answers with the record as it then stands. */
  noteCallback(approvalId: string, callbackId: string): Promise<Approval>
  /**
   * Decides, if nobody has: the first decision stands. A person's counts before `expiresAt` only. Answers with the
   * record as it then stands, whoever decided.
   */
  decide(approvalId: string, decision: Decision): Promise<Approval>
  get(approvalId: string): Promise<Approval | undefined>
  /** Those that can still be answered at `now` (ISO), soonest occurrence first. */
  pending(now: string): Promise<Approval[]>
}

/** One that is pending has this in the sparse index `unsettled`. */
const OPEN = 'approval'

/** Records expire `retentionDays` after they were asked for. */
export function openApprovals(
  client: DynamoDBDocumentClient,
  table: string,
  { retentionDays = RETENTION_DAYS }: { retentionDays?: number } = {},
): Approvals {
  const key = (approvalId: string) => ({ id: `approval#${approvalId}` })

  async function get(approvalId: string): Promise<Approval | undefined> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: key(approvalId), ConsistentRead: true }),
    )
    return Item && toApproval(Item)
  }

  async function existing(approvalId: string): Promise<Approval> {
    const approval = await get(approvalId)
    if (approval) return approval
    throw new Error(`approval ${approvalId} is not in the ledger table ${table}: was it deleted by hand?`)
  }

  /** Changes a pending record, or nothing. */
  async function change(
    approvalId: string,
    input: Omit<UpdateCommandInput, 'TableName' | 'Key'>,
  ): Promise<Approval> {
    try {
      const { Attributes } = await client.send(
        new UpdateCommand({ TableName: table, Key: key(approvalId), ReturnValues: 'ALL_NEW', ...input }),
      )
      return toApproval(Attributes ?? {})
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(approvalId)
      throw error
    }
  }

  return {
    get,
    async request(request) {
      const { scheduledAt, requestedAt } = request
      const events: Approval['events'] = [{ at: requestedAt, status: 'PENDING' }]
      const Item = {
        ...key(request.approvalId),
        // Not under `schedule`: the indexes by schedule and secret are for rotations. `expiresAt` is DynamoDB's own.
        request,
        status: 'PENDING',
        events,
        scheduledAt,
        unsettled: OPEN,
        [TTL_ATTRIBUTE]: expiryOf(requestedAt, retentionDays),
      }
      try {
        await client.send(
          new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(id)' }),
        )
        return { ...request, status: 'PENDING', events }
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return existing(request.approvalId)
        throw error
      }
    },
    takeUp: (approvalId, { executionArn, secrets }) =>
      change(approvalId, {
        UpdateExpression: 'SET #request.executionArn = :executionArn, #request.secrets = :secrets',
        ConditionExpression: '#status = :pending AND #request.executionArn = :ahead',
        ExpressionAttributeNames: { '#status': 'status', '#request': 'request' },
        ExpressionAttributeValues: {
          ':executionArn': executionArn,
          ':secrets': secrets,
          ':pending': 'PENDING',
          ':ahead': AHEAD,
        },
      }),
    noteCallback: (approvalId, callbackId) =>
      change(approvalId, {
        UpdateExpression: 'SET callbackId = :callbackId',
        ConditionExpression: '#status = :pending',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':callbackId': callbackId, ':pending': 'PENDING' },
      }),
    decide(approvalId, { status, at, by, reason }) {
      const person = status !== 'EXPIRED'
      return change(approvalId, {
        UpdateExpression: [
          'SET #status = :status, answeredAt = :at, events = list_append(events, :event)',
          ...(by === undefined ? [] : ['#by = :by']),
          ...(reason === undefined ? [] : ['reason = :reason']),
        ]
          .join(', ')
          .concat(' REMOVE unsettled'),
        ConditionExpression: `#status = :pending${person ? ' AND :at < #request.expiresAt' : ''}`,
        ExpressionAttributeNames: {
          '#status': 'status',
          ...(by !== undefined && { '#by': 'by' }),
          ...(person && { '#request': 'request' }),
        },
        ExpressionAttributeValues: {
          ':status': status,
          ':pending': 'PENDING',
          ':at': at,
          ':event': [
            { at, status, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) },
          ],
          ...(by !== undefined && { ':by': by }),
          ...(reason !== undefined && { ':reason': reason }),
        },
      })
    },
    async pending(now) {
      const found: Approval[] = []
      for await (const item of openItems(client, table, OPEN)) {
        const approval = toApproval(item)
        if (now < approval.expiresAt) found.push(approval)
      }
      return found
    },
  }
}

function toApproval(item: Record<string, unknown>): Approval {
  const { request, status, callbackId, answeredAt, by, reason, events } = item
  const answer = { callbackId, answeredAt, by, reason }
  const known = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined))
  return { ...(request as ApprovalRequest), status, events, ...known } as Approval
}
