import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import type {
  Proof,
  ReportedFailure,
  Rotation,
  RunEnd,
  Sending,
  Status,
  Transition,
} from '../model/rotation.ts'
import { SETTLED } from '../model/rotation.ts'
import { atDoor } from '../model/text.ts'
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
  | 'concerns'
  | 'guessed'

export type Ledger = {
  /** Creates the record unless there is one: then answers with that one, whoever made it. */
  claim(claim: Claim): Promise<Rotation>
  /** Creates a record of how a rotation ended that no run has claimed; where there is a record, answers with that. */
  record(claim: Claim, outcome: Change): Promise<Rotation>
  /** Notes a failure that AWS has reported, while the rotation is without an outcome. Answers with the record. */
  noteFailure(rotationId: string, failure: ReportedFailure): Promise<Rotation>
  /** Notes that AWS has reported its version as AWSCURRENT, while it is without an outcome: the first report stays. */
  noteProof(rotationId: string, proof: Proof): Promise<Rotation>
  /** Notes a sending of RotateSecret before it goes out, while it is CLAIMED by this execution. Answers with the record. */
  noteSending(rotationId: string, sending: Sending, by: string): Promise<Rotation>
  /** Notes how the execution that holds it has ended, while it is without an outcome. */
  noteEnd(rotationId: string, end: RunEnd): Promise<Rotation>
  /**
   * Moves a rotation along if it stands at one of `from`; otherwise changes nothing. Answers with the record as it
   * then stands, so a write that was carried out but whose answer got lost reads the same the second time. `only.by`:
   * the execution that holds the rotation; another one changes nothing either.
   */
  transition(rotationId: string, from: Status[], change: Change, only?: { by: string }): Promise<Rotation>
  /**
   * Puts what the run that holds a rotation has learned in the place of an outcome that others had guessed; history
   * keeps both. Changes nothing where it was not guessed, is another's, or has seen the secret changed and this one not.
   * Answers with the record as it then stands.
   */
  correct(rotationId: string, change: Change, by: string): Promise<Rotation>
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
    // The table holds other items too, and ids of versions, which anybody may choose, are looked up here.
    return Item?.rotationId === rotationId ? toRotation(Item) : undefined
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
    return create({
      ...claimed,
      ...(outcome as Pick<Rotation, 'status'>),
      events: [transitionOf(at, outcome)],
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
        new PutCommand({
          TableName: table,
          Item,
          // What somebody else did to the secret never stands where a rotation belongs (the release before 0101).
          ...(rotation.trigger === 'EXTERNAL'
            ? { ConditionExpression: 'attribute_not_exists(id)' }
            : {
                ConditionExpression: 'attribute_not_exists(id) OR #trigger = :external',
                ExpressionAttributeNames: { '#trigger': 'trigger' },
                ExpressionAttributeValues: { ':external': 'EXTERNAL' },
              }),
        }),
      )
      return rotation
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(rotation.rotationId)
      throw error
    }
  }

  const noteFailure = (rotationId: string, failure: ReportedFailure) =>
    update(rotationId, {
      UpdateExpression: 'SET failure = :failure',
      ConditionExpression: 'attribute_exists(unsettled)',
      ExpressionAttributeValues: { ':failure': { ...failure, message: atDoor(failure.message) } },
    })

  const noteProof = (rotationId: string, proof: Proof) =>
    update(rotationId, {
      UpdateExpression: 'SET proof = if_not_exists(proof, :proof)',
      ConditionExpression: 'attribute_exists(unsettled)',
      ExpressionAttributeValues: { ':proof': proof },
    })

  const noteSending = (rotationId: string, sending: Sending, by: string) =>
    update(rotationId, {
      UpdateExpression: 'SET sending = :sending',
      ConditionExpression: '#status = :claimed AND executionArn = :by',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':sending': sending, ':claimed': 'CLAIMED', ':by': by },
    })

  const noteEnd = (rotationId: string, end: RunEnd) =>
    update(rotationId, {
      UpdateExpression: 'SET runEnd = :end',
      ConditionExpression: 'attribute_exists(unsettled) AND executionArn = :by',
      ExpressionAttributeValues: { ':end': end, ':by': end.executionArn },
    })

  function transition(
    rotationId: string,
    from: Status[],
    change: Change,
    only?: { by: string },
  ): Promise<Rotation> {
    const { status, reason } = change
    // A late success leaves the reason of the earlier outcome to the events.
    const cleared = status === 'SUCCEEDED' && reason === undefined ? ['reason'] : []
    const condition = [
      `#status IN (${from.map((_, i) => `:from${i}`).join(', ')})`,
      ...(only ? ['executionArn = :by'] : []),
    ]
    const values = {
      ...(only && { ':by': only.by }),
      ...Object.fromEntries(from.map((value, i) => [`:from${i}`, value])),
    }
    return move(rotationId, change, cleared, condition, values)
  }

  function correct(rotationId: string, change: Change, by: string): Promise<Rotation> {
    const cleared = (['guessed', 'late', 'reason', 'message'] as const).filter(
      (it) => change[it] === undefined,
    )
    const condition = [
      'guessed = :guessed AND executionArn = :by',
      ...(change.rotatedAt === undefined ? ['attribute_not_exists(rotatedAt)'] : []),
    ]
    return move(rotationId, change, cleared, condition, { ':guessed': true, ':by': by })
  }

  /** The transition and the record of it are one write: neither can exist without the other. */
  function move(
    rotationId: string,
    { at, ...change }: Change,
    cleared: string[],
    condition: string[],
    values: Record<string, unknown>,
  ): Promise<Rotation> {
    const fields = withWordsCut(change as Partial<Rotation>) as typeof change
    const set = Object.entries(fields).filter(([, value]) => value !== undefined)
    const removed = [...(SETTLED.includes(fields.status) ? ['unsettled'] : []), ...cleared]
    const names = ['events', 'status', ...removed, ...set.map(([name]) => name)]
    return update(rotationId, {
      UpdateExpression: [
        `SET #events = list_append(#events, :event), ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`] : []),
      ].join(' '),
      ConditionExpression: condition.join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':event': [transitionOf(at, fields)],
        ...values,
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      },
    })
  }

  /** One conditional write. Where its condition does not hold nothing changes, and it answers with the record as it is. */
  async function update(
    rotationId: string,
    expressions: Omit<UpdateCommandInput, 'TableName' | 'Key' | 'ReturnValues'>,
  ): Promise<Rotation> {
    try {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { id: rotationId },
          ReturnValues: 'ALL_NEW',
          ...expressions,
        }),
      )
      return toRotation(Attributes ?? {})
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return existing(rotationId)
      throw error
    }
  }

  const takeOver = (rotationId: string, from: string, to: string, at: string) =>
    update(rotationId, {
      UpdateExpression: 'SET executionArn = :to, #events = list_append(#events, :event)',
      ConditionExpression: '#status = :claimed AND executionArn = :from',
      ExpressionAttributeNames: { '#status': 'status', '#events': 'events' },
      ExpressionAttributeValues: {
        ':to': to,
        ':from': from,
        ':claimed': 'CLAIMED',
        ':event': [{ at, status: 'CLAIMED', message: `taken over from ${from}` }],
      },
    })

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

  return {
    claim,
    record,
    noteFailure,
    noteProof,
    noteSending,
    noteEnd,
    transition,
    correct,
    takeOver,
    get,
    query,
  }
}

/** What history keeps of a change. */
export function transitionOf(
  at: string,
  { status, reason, message, guessed }: Omit<Change, 'at'>,
): Transition {
  return { at, status, ...(reason && { reason }), ...(message && { message }), ...(guessed && { guessed }) }
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
