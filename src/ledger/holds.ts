import { setTimeout as sleep } from 'node:timers/promises'
import { forEachInPool } from '../aws/pool.ts'
import { type Hold, holdEnd, isInForce, type Scope } from '../model/hold.ts'
import {
  type HoldChange,
  type HoldItem,
  holdsIn,
  type Placing,
  placing,
  type Rewrite,
  releasing,
  rewritten,
} from './hold-item.ts'
import { type Condition, expressionsOf, IS_NEW, type Table } from './open-table.ts'
import { unproved } from './proofs.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

export type Holds = {
  /** Adds to what is there. The same id again is the same hold. */
  place(hold: NewHold): Promise<Placing>
  /** Ends this hold and no other. Undefined where it is not in force at `at` (ISO). */
  release(scope: Scope, id: string, by: string, at: string): Promise<Hold | undefined>
  /** The holds of these scopes that count at `instant` (ISO). Read consistently: a hold counts at once. */
  covering(scopes: Scope[], instant: string): Promise<Hold[]>
  /** The holds of these scopes, in force or not, that were in force at some time after `since` (ISO). */
  since(scopes: Scope[], since: string): Promise<Hold[]>
  /** Every hold in force at `now` (ISO), whatever its scope: from an index, which may lag by a moment. */
  inForce(now: string): Promise<Hold[]>
}

type NewHold = Omit<Hold, 'kind' | 'releasedAt' | 'releasedBy'> & Partial<Pick<Hold, 'kind'>>

/** A scope with a hold in force has this in the sparse index `unsettled`. */
const OPEN = 'hold'

/** Writes that may get in between before it is given up: each of them has changed something. */
const MOST_TRIES = 50

/** Queries at once. */
const AT_ONCE = 10

/** Source: DynamoDB API reference, TransactWriteItems. */
const MOST_WRITES = 100

/** Holds that have ended are kept for `RETENTION_DAYS`. Decision 0090. */
export function openHolds(table: Table): Holds {
  const itemsOf = async (scopes: Scope[]) => (await table.getAll(scopes.map(idOf))) as HoldItem[]
  return {
    place: (hold) => change(table, hold.scope, (item) => placing(item, { kind: 'hold', ...hold })),
    release: (scope, id, by, at) => change(table, scope, (item) => releasing(item, id, by, at)),
    async covering(scopes, instant) {
      return (await itemsOf(scopes)).flatMap(holdsIn).filter((hold) => isInForce(hold, instant))
    },
    async since(scopes, since) {
      const items = await itemsOf(scopes)
      const found = items.flatMap((item) => [...holdsIn(item), ...(item.last ? [unproved(item.last)] : [])])
      const where = { expression: '#at > :since', values: { ':since': since } }
      await forEachInPool(scopes, AT_ONCE, async (scope) => {
        for await (const { hold } of table.query('unsettled', awayOf(scope), { where }))
          found.push(unproved(hold as Hold))
      })
      // One that was put away a moment ago may be found in both places.
      const each = new Map(found.map((hold) => [`${hold.scope} ${hold.id}`, hold]))
      return [...each.values()].filter((hold) => (holdEnd(hold) ?? '9999') > since)
    },
    async inForce(now) {
      const found: Hold[] = []
      for await (const item of table.query('unsettled', OPEN)) found.push(...holdsIn(item as HoldItem))
      return found.filter((hold) => isInForce(hold, now))
    },
  }
}

/** Reads, decides, and writes if nobody has written since; else all over again. */
async function change<Answer>(
  table: Table,
  scope: Scope,
  decide: (item: HoldItem) => HoldChange<Answer>,
): Promise<Answer> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const item = (await table.get(idOf(scope))) as HoldItem | undefined
    const { write, answer } = decide(item ?? { scope })
    if (write === undefined || (await rewrite(table, scope, item, write))) return answer
    await sleep(tries)
  }
  throw new Error(`holds of ${scope} were changed by others ${MOST_TRIES} times meanwhile: try again`)
}

/** One transaction: what ends is put away as it leaves the item, or neither happens. False: somebody was quicker. */
async function rewrite(
  table: Table,
  scope: Scope,
  item: HoldItem | undefined,
  write: Rewrite,
): Promise<boolean> {
  const away = write.ended.map((hold) => upsert(putAway(hold)))
  // An item of an earlier release may tell of hundreds. What has ended by itself does not change any more.
  const before = away.slice(0, Math.max(0, away.length - MOST_WRITES + 1))
  for (const one of before) if (!(await table.transact([one]))) return false
  return table.transact([upsert(itemOf(scope, item, write), unchanged(item)), ...away.slice(before.length)])
}

function itemOf(scope: Scope, item: HoldItem | undefined, write: Rewrite) {
  const next = rewritten(item ?? { scope }, write)
  return {
    ...next,
    ...{ id: idOf(scope), scope, scheduledAt: next.placedAt },
    unsettled: write.active.length > 0 ? OPEN : undefined,
  }
}

/** This release counts its writes; an earlier one appends an event at each. */
function unchanged(item: HoldItem | undefined): Condition {
  if (item === undefined) return IS_NEW
  const { revision, events = [] } = item
  const ours = revision === undefined ? 'attribute_not_exists(revision)' : 'revision = :before'
  return {
    expression: `${ours} AND size(#events) = :seen`,
    names: { '#events': 'events' },
    values: { ':seen': events.length, ...(revision !== undefined && { ':before': revision }) },
  }
}

/**
 * The item as it shall be, written by an update: whoever may place and release holds by the release before may by this
 * one (`dynamodb:UpdateItem`), as an emergency stop is no time to find out about permissions.
 */
function upsert({ id, ...item }: Record<string, unknown> & { id: string }, condition?: Condition) {
  const remove = Object.keys(item).filter((name) => item[name] === undefined)
  return { id, ...expressionsOf({ set: item, remove, condition }) }
}

function idOf(scope: Scope): string {
  return `hold#${scope}`
}

/** Under which those of a scope that have ended are found in the index `unsettled`, sorted by their end. */
function awayOf(scope: Scope): string {
  return `held#${scope}`
}

function putAway(hold: Hold) {
  const end = holdEnd(hold) ?? hold.placedAt
  return {
    id: `${awayOf(hold.scope)}#${hold.id}`,
    hold,
    ...{ unsettled: awayOf(hold.scope), scheduledAt: end },
    [TTL_ATTRIBUTE]: expiryOf(end),
  }
}
