import type { Behind } from '../model/behind.ts'
import type { Caller } from '../model/caller.ts'
import { type Expressions, expressionsOf, IS_NEW, type Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** A person's go-ahead for one wave: asked for, and answered once. Times are ISO instants in UTC. */
export type Approval = ApprovalRequest & {
  status: 'PENDING' | Decision['status']
  /** The durable callback that wakes the wave; absent for the moment before it waits. */
  callbackId?: string
  answeredAt?: string
  by?: string
  reason?: string
  /** Who answered, as STS told the wave. Absent: a claim. */
  caller?: Caller
  /** The last answer that did not count, and why. `at`: as it was given. */
  refused?: RefusedAnswer
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
  /**
   * On demand: who has asked, and for what; somebody else has to answer. For people: the wave knows it from elsewhere.
   */
  askedBy?: { arn: string; requester?: string; reason?: string; secrets: string }
  /** Of its secrets, as it was asked: who may still have the value of before. For people, and no reason to stop. */
  behind?: Behind[]
  requestedAt: string
  /** From here on no answer counts. */
  expiresAt: string
}

export type RefusedAnswer = { by: string; at: string; why: string }

/** An end of the waiting. Nobody's (`EXPIRED`) has no `by`. */
export type Decision = {
  status: 'APPROVED' | 'REJECTED' | 'EXPIRED'
  at: string
  by?: string | undefined
  reason?: string | undefined
  caller?: Caller | undefined
}

/** Stands for the execution in a request that was made ahead of its wave. */
export const AHEAD = 'ahead of time'

export type Approvals = {
  /** Asks, unless it has been asked: then answers with what stands, whoever asked. */
  request(request: ApprovalRequest): Promise<Approval>
  /** Makes a pending request that was made ahead an execution's own: the first one's. Answers as `noteCallback`. */
  takeUp(approvalId: string, by: { executionArn: string; secrets: number }): Promise<Approval>
  /** Notes where the answer is awaited, while there is none. Answers with the record as it then stands. */
  noteCallback(approvalId: string, callbackId: string, refused?: RefusedAnswer): Promise<Approval>
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

/** Records expire `RETENTION_DAYS` after they were asked for. */
export function openApprovals(table: Table): Approvals {
  const idOf = (approvalId: string) => `approval#${approvalId}`

  async function get(approvalId: string): Promise<Approval | undefined> {
    const item = await table.get(idOf(approvalId))
    return item && toApproval(item)
  }

  async function existing(approvalId: string): Promise<Approval> {
    const approval = await get(approvalId)
    if (approval) return approval
    throw new Error(
      `approval ${approvalId} is not in the ledger table ${table.name}: was it deleted by hand?`,
    )
  }

  /** Changes a pending record, or nothing. */
  async function change(approvalId: string, expressions: Expressions): Promise<Approval> {
    const changed = await table.update(idOf(approvalId), expressions)
    return changed ? toApproval(changed) : existing(approvalId)
  }

  return {
    get,
    async request(request) {
      const events: Approval['events'] = [{ at: request.requestedAt, status: 'PENDING' }]
      const item = { id: idOf(request.approvalId), ...itemOf(request, events) }
      if (await table.put(item, IS_NEW)) return { ...request, status: 'PENDING', events }
      return existing(request.approvalId)
    },
    takeUp: (approvalId, by) => change(approvalId, takingUp(by)),
    noteCallback: (approvalId, callbackId, refused) =>
      change(approvalId, expressionsOf({ set: { callbackId, refused }, condition: IS_PENDING })),
    decide: (approvalId, decision) => change(approvalId, deciding(decision)),
    async pending(now) {
      const found: Approval[] = []
      for await (const item of table.query('unsettled', OPEN)) {
        const approval = toApproval(item)
        if (now < approval.expiresAt) found.push(approval)
      }
      return found
    },
  }
}

const IS_PENDING = {
  expression: '#status = :pending',
  names: { '#status': 'status' },
  values: { ':pending': 'PENDING' },
}

function itemOf(request: ApprovalRequest, events: Approval['events']) {
  return {
    // Not under `schedule`: the indexes by schedule and secret are for rotations. `expiresAt` is DynamoDB's own.
    request,
    status: 'PENDING',
    events,
    scheduledAt: request.scheduledAt,
    unsettled: OPEN,
    [TTL_ATTRIBUTE]: expiryOf(request.requestedAt),
  }
}

function takingUp({ executionArn, secrets }: { executionArn: string; secrets: number }): Expressions {
  return {
    UpdateExpression: 'SET #request.executionArn = :executionArn, #request.secrets = :secrets',
    ConditionExpression: `${IS_PENDING.expression} AND #request.executionArn = :ahead`,
    ExpressionAttributeNames: { ...IS_PENDING.names, '#request': 'request' },
    ExpressionAttributeValues: {
      ...IS_PENDING.values,
      ...{ ':executionArn': executionArn, ':secrets': secrets, ':ahead': AHEAD },
    },
  }
}

/** A person's answer counts until the request expires; that it has expired counts whenever it is noted. */
function deciding({ status, at, by, reason, caller }: Decision): Expressions {
  const inTime = {
    expression: `${IS_PENDING.expression} AND :at < #request.expiresAt`,
    names: { ...IS_PENDING.names, '#request': 'request' },
    values: { ...IS_PENDING.values, ':at': at },
  }
  return expressionsOf({
    set: { status, answeredAt: at, by, reason, caller },
    remove: ['unsettled'],
    event: { at, status, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) },
    condition: status === 'EXPIRED' ? IS_PENDING : inTime,
  })
}

function toApproval(item: Record<string, unknown>): Approval {
  const { request, status, callbackId, answeredAt, by, reason, caller, refused, events } = item
  const answer = { callbackId, answeredAt, by, reason, caller, refused }
  const known = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined))
  return { ...(request as ApprovalRequest), status, events, ...known } as Approval
}
