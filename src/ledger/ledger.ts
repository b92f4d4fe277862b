import type { ConsumerRefresh, Handover } from '../model/handover.ts'
import type {
  Adoption,
  Attempt,
  Fetching,
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
import { iso } from '../model/time.ts'
import {
  type Condition,
  type Expressions,
  expressionsOf,
  IS_NEW,
  isOneOf,
  type QueryOptions,
  type Table,
} from './open-table.ts'
import { itemOf, toRotation, truncateTexts } from './rotation-item.ts'
import type { Index } from './table.ts'

/** What is known when a rotation is claimed. */
export type Claim = Omit<Rotation, 'status' | 'events'>

/** What a transition adds to the record; undefined leaves an attribute as it is. */
export type RotationChange = { status: Status; at: string } & {
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
  | 'attempts'
  | 'saw'
  | 'guessed'
  | 'handover'

export type Ledger = {
  /** Creates the record unless there is one: then answers with that one, whoever made it. */
  claim(claim: Claim): Promise<Rotation>
  /** Creates a record of how a rotation ended that no run has claimed; where there is a record, answers with that. */
  record(claim: Claim, outcome: RotationChange): Promise<Rotation>
  /** Notes a failure that AWS has reported, while the rotation is without an outcome. Answers with the record. */
  noteFailure(rotationId: string, failure: ReportedFailure): Promise<Rotation>
  /** Notes that AWS has reported its version as AWSCURRENT, while it is without an outcome: the first report stays. */
  noteProof(rotationId: string, proof: Proof): Promise<Rotation>
  /** Notes a sending of RotateSecret before it goes out, while it is CLAIMED by this execution. Answers with the record. */
  noteSending(rotationId: string, sending: Sending, by: string): Promise<Rotation>
  /** Notes its attempts, the next one before it goes out, while it is ROTATING and this execution's. Answers with the record. */
  noteAttempts(rotationId: string, attempts: Attempt[], by: string): Promise<Rotation>
  /** Notes who has fetched since, of a rotation that has changed its secret: the first note stays. Answers with the record. */
  noteAdoption(rotationId: string, adoption: Adoption): Promise<Rotation>
  /** Notes by when some or all had fetched, until its adoption is noted. */
  noteFetching(rotationId: string, fetching: Fetching): Promise<Rotation>
  /** Notes how the execution that holds it has ended, while it is without an outcome. */
  noteEnd(rotationId: string, end: RunEnd): Promise<Rotation>
  /**
   * Moves a rotation along if it stands at one of `from`; otherwise changes nothing. Answers with the record as it
   * then stands, so a write that was carried out but whose answer got lost reads the same the second time. `only.by`:
   * the execution that holds the rotation; another one changes nothing either.
   */
  transition(
    rotationId: string,
    from: Status[],
    change: RotationChange,
    only?: { by: string },
  ): Promise<Rotation>
  /**
   * Puts what the run that holds a rotation has learned in the place of an outcome that others had guessed; history
   * keeps both. Changes nothing where it was not guessed, is another's, or has seen the secret changed and this one not.
   * Answers with the record as it then stands.
   */
  correct(rotationId: string, change: RotationChange, by: string): Promise<Rotation>
  /**
   * Hands a rotation that is still CLAIMED from one execution to another, which found the first one silent. From then
   * on the first changes nothing any more. Answers with the record as it then stands.
   */
  takeOver(rotationId: string, from: string, to: string, at: string): Promise<Rotation>
  /**
   * Notes how one of the consumers stands, while the handover is RUNNING and nobody else has asked that consumer to
   * refresh since `before` was read. Answers with the record: it holds `consumer` where that was written.
   */
  noteConsumer(
    rotationId: string,
    index: number,
    before: ConsumerRefresh,
    consumer: ConsumerRefresh,
  ): Promise<Rotation>
  /** Ends a handover that is RUNNING. One that has ended is no longer among those that are open, and stays as it is. */
  endHandover(rotationId: string, status: Handover['status']): Promise<Rotation>
  get(rotationId: string): Promise<Rotation | undefined>
  /** Newest first unless `oldestFirst`; page by page. `from` inclusive, `to` exclusive, ISO instants. */
  query(index: Index, key: string, range?: QueryRange): AsyncGenerator<Rotation>
}

export type QueryRange = { from?: string; to?: string; oldestFirst?: boolean }

/** The ledger in a DynamoDB table. Records expire `RETENTION_DAYS` after they were claimed. */
export function openLedger(table: Table): Ledger {
  async function get(rotationId: string): Promise<Rotation | undefined> {
    const item = await table.get(rotationId)
    // The table holds other items too, and ids of versions, which anybody may choose, are looked up here.
    return item?.rotationId === rotationId ? toRotation(item) : undefined
  }

  async function existing(rotationId: string): Promise<Rotation> {
    const rotation = await get(rotationId)
    if (rotation) return rotation
    throw new Error(
      `rotation ${rotationId} is not in the ledger table ${table.name}: was it deleted by hand?`,
    )
  }

  async function create(asked: Rotation): Promise<Rotation> {
    const rotation = truncateTexts(asked)
    const isWritten = await table.put(itemOf(rotation), mayCreate(rotation))
    return isWritten ? rotation : existing(rotation.rotationId)
  }

  async function update(rotationId: string, expressions: Expressions): Promise<Rotation> {
    const item = await table.update(rotationId, expressions)
    return item ? toRotation(item) : existing(rotationId)
  }

  return {
    get,
    claim: (claim) =>
      create({ ...claim, status: 'CLAIMED', events: [{ at: claim.claimedAt, status: 'CLAIMED' }] }),
    record: (claim, change) => create(recorded(claim, change)),
    noteFailure: (rotationId, failure) =>
      update(rotationId, whileUnsettled('failure', { ...failure, message: atDoor(failure.message) })),
    noteProof: (rotationId, proof) =>
      update(rotationId, {
        ...whileUnsettled('proof', proof),
        UpdateExpression: 'SET #proof = if_not_exists(#proof, :proof)',
      }),
    noteSending: (rotationId, sending, by) =>
      update(rotationId, expressionsOf({ set: { sending }, condition: isHeldBy(by, 'CLAIMED') })),
    noteAttempts: (rotationId, attempts, by) =>
      update(rotationId, expressionsOf({ set: { attempts }, condition: isHeldBy(by, 'ROTATING') })),
    noteAdoption: (rotationId, adoption) =>
      update(
        rotationId,
        expressionsOf({
          set: { adoption },
          condition: { expression: 'attribute_exists(rotatedAt) AND attribute_not_exists(adoption)' },
        }),
      ),
    noteFetching: (rotationId, fetching) =>
      update(
        rotationId,
        expressionsOf({
          set: { fetching },
          condition: { expression: 'attribute_exists(rotatedAt) AND attribute_not_exists(adoption)' },
        }),
      ),
    noteEnd: (rotationId, end) => update(rotationId, whileUnsettled('runEnd', end, end.executionArn)),
    transition: (rotationId, from, change, only) => update(rotationId, transitioning(from, change, only)),
    correct: (rotationId, change, by) => update(rotationId, correcting(change, by)),
    noteConsumer: (rotationId, index, before, consumer) =>
      update(rotationId, notingConsumer(index, before, consumer)),
    async endHandover(rotationId, status) {
      const ended = await update(rotationId, endingHandover(status, 'RUNNING'))
      if (ended.handover === undefined || ended.handover.status === status) return ended
      return update(rotationId, endingHandover(ended.handover.status, ended.handover.status))
    },
    takeOver: (rotationId, from, to, at) => update(rotationId, takingOver(from, to, at)),
    async *query(index, key, { from, to, oldestFirst = false } = {}) {
      const until = to ? asStored(to) : '9999'
      const where = between(from ? asStored(from) : '0000', until)
      for await (const item of table.query(index, key, { where, newestFirst: !oldestFirst })) {
        // BETWEEN includes its end; ours is exclusive.
        if (item.scheduledAt !== until) yield toRotation(item)
      }
    },
  }
}

function recorded(claim: Claim, { at, ...change }: RotationChange): Rotation {
  const outcome = truncateTexts(change as Pick<Rotation, 'status'>)
  return { ...claim, ...outcome, events: [transitionOf(at, outcome)] }
}

/** What somebody else did to the secret never stands where a rotation belongs (the release before 0101). */
function mayCreate({ trigger }: Rotation): Condition {
  if (trigger === 'EXTERNAL') return IS_NEW
  return {
    expression: `${IS_NEW.expression} OR #trigger = :external`,
    names: { '#trigger': 'trigger' },
    values: { ':external': 'EXTERNAL' },
  }
}

/** Notes a value on a rotation that has no outcome yet; on `by`'s only, where it is given. */
function whileUnsettled(name: string, value: object, by?: string): Expressions {
  const condition = {
    expression: `unsettled = :open${by === undefined ? '' : ' AND executionArn = :by'}`,
    values: { ':open': 'yes', ...(by !== undefined && { ':by': by }) },
  }
  return expressionsOf({ set: { [name]: value }, condition })
}

function isHeldBy(executionArn: string, status: Status): Required<Condition> {
  return {
    expression: '#status = :held AND executionArn = :by',
    names: { '#status': 'status' },
    values: { ':held': status, ':by': executionArn },
  }
}

function transitioning(from: Status[], change: RotationChange, only?: { by: string }): Expressions {
  const standsAt = isOneOf('status', from)
  // A late success leaves the reason of the earlier outcome to the events.
  const cleared = change.status === 'SUCCEEDED' && change.reason === undefined ? ['reason'] : []
  if (only === undefined) return moving(change, cleared, standsAt)
  return moving(change, cleared, {
    ...standsAt,
    expression: `${standsAt.expression} AND executionArn = :by`,
    values: { ...standsAt.values, ':by': only.by },
  })
}

function correcting(change: RotationChange, by: string): Expressions {
  const cleared = (['guessed', 'late', 'reason', 'message'] as const).filter((it) => change[it] === undefined)
  const unseen = change.rotatedAt === undefined ? ' AND attribute_not_exists(rotatedAt)' : ''
  return moving(change, cleared, {
    expression: `guessed = :wasGuessed AND executionArn = :by${unseen}`,
    values: { ':wasGuessed': true, ':by': by },
  })
}

/** The transition and the record of it are one write: neither can exist without the other. */
function moving({ at, ...change }: RotationChange, cleared: string[], condition: Condition): Expressions {
  const set = truncateTexts(change as Pick<Rotation, 'status'>)
  const event = transitionOf(at, set)
  // It has an outcome, and is open to those who hand over: whoever guessed it before has begun that already.
  if (change.handover !== undefined) {
    const handing = expressionsOf({
      set: { ...set, unsettled: HANDING_OVER },
      remove: cleared,
      event,
      condition,
    })
    const UpdateExpression = `${handing.UpdateExpression}`.replace(
      '#handover = :handover',
      '#handover = if_not_exists(#handover, :handover)',
    )
    return { ...handing, UpdateExpression }
  }
  const remove = [...(SETTLED.includes(set.status) ? ['unsettled'] : []), ...cleared]
  return expressionsOf({ set, remove, event, condition })
}

/** In the place of what a rotation without an outcome has there, so that nobody who looks for those finds it. */
export const HANDING_OVER = 'handover'

function notingConsumer(index: number, before: ConsumerRefresh, consumer: ConsumerRefresh): Expressions {
  const one = `#handover.#consumers[${index}]`
  const unasked =
    before.sentAt === undefined ? `attribute_not_exists(${one}.#sentAt)` : `${one}.#sentAt = :sentAt`
  return {
    UpdateExpression: `SET ${one} = :consumer`,
    ConditionExpression: `#handover.#status = :running AND ${one}.#id = :id AND ${unasked}`,
    ExpressionAttributeNames: {
      ...{ '#handover': 'handover', '#consumers': 'consumers', '#status': 'status' },
      ...{ '#id': 'id', '#sentAt': 'sentAt' },
    },
    ExpressionAttributeValues: {
      ...{ ':consumer': consumer, ':running': 'RUNNING', ':id': consumer.id },
      ...(before.sentAt !== undefined && { ':sentAt': before.sentAt }),
    },
  }
}

function endingHandover(status: Handover['status'], from: Handover['status']): Expressions {
  return {
    UpdateExpression: 'SET #handover.#status = :status REMOVE #unsettled',
    ConditionExpression: '#handover.#status = :from',
    ExpressionAttributeNames: { '#handover': 'handover', '#status': 'status', '#unsettled': 'unsettled' },
    ExpressionAttributeValues: { ':status': status, ':from': from },
  }
}

function takingOver(from: string, to: string, at: string): Expressions {
  return expressionsOf({
    set: { executionArn: to },
    event: { at, status: 'CLAIMED', message: `taken over from ${from}` },
    condition: isHeldBy(from, 'CLAIMED'),
  })
}

/** As records have it, with milliseconds and in UTC: the table compares letters, not instants. */
function asStored(instant: string): string {
  return iso(new Date(instant))
}

function between(from: string, to: string): NonNullable<QueryOptions['where']> {
  return { expression: '#at BETWEEN :from AND :to', values: { ':from': from, ':to': to } }
}

/** What history keeps of a change. */
export function transitionOf(
  at: string,
  { status, reason, message, guessed }: Omit<RotationChange, 'at'>,
): Transition {
  return { at, status, ...(reason && { reason }), ...(message && { message }), ...(guessed && { guessed }) }
}
