import type { Exception } from '../model/exception.ts'
import { type Condition, type Expressions, expressionsOf, type Table } from './open-table.ts'
import { unproved } from './proofs.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** Occurrences that people skip or move, each under its schedule and instant: one at most is in force. */
export type Exceptions = {
  /** In force for this occurrence (ISO). Read consistently: it counts at once. */
  at(schedule: string, scheduledAt: string): Promise<Exception | undefined>
  /** The one of this id, taken back or not: read consistently, too. Undefined where another has its place now. */
  find(id: string): Promise<Exception | undefined>
  /**
   * Keeps it, unless one is in force for its occurrence. What then stands; undefined where others were writing, and
   * none is in force.
   */
  place(exception: Exception): Promise<Exception | undefined>
  /** Takes this one back, and no other. False: nothing changed. */
  cancel(exception: Exception, by: Cancelling): Promise<boolean>
  /** Those of occurrences in between (ISO, the end excluded), in time order, cancelled ones too. From an index, which lags. */
  between(from: string, to: string): Promise<Exception[]>
}

export type Cancelling = { at: string; by: string; reason?: string }

/** What the sparse index `unsettled` has them under. */
const KEY = 'exception'

export const NONE_IN_FORCE: Condition = {
  expression: 'attribute_not_exists(id) OR attribute_exists(#exception.cancelledAt)',
  names: { '#exception': KEY },
}

/** They expire `RETENTION_DAYS` after their instants, as the records that tell of them. */
export function openExceptions(table: Table): Exceptions {
  async function kept(of: Pick<Exception, 'schedule' | 'scheduledAt'>): Promise<Exception | undefined> {
    const item = await table.get(idOf(of))
    return item && unproved(item.exception as Exception)
  }
  async function at(schedule: string, scheduledAt: string): Promise<Exception | undefined> {
    const exception = await kept({ schedule, scheduledAt })
    return exception?.cancelledAt === undefined ? exception : undefined
  }
  return {
    at,
    async find(id) {
      const pointer = await table.get(pointerOf(id))
      const exception = pointer && (await kept(pointer.of as Exception))
      return exception?.id === id ? exception : undefined
    },
    async place(exception) {
      const done = await table.transact([writing(exception, NONE_IN_FORCE), pointing(exception)])
      return done ? exception : at(exception.schedule, exception.scheduledAt)
    },
    cancel: (exception, by) => table.transact([writing(cancelledBy(exception, by), isStill(exception))]),
    async between(from, to) {
      const found: Exception[] = []
      const where = { expression: '#at BETWEEN :from AND :to', values: { ':from': from, ':to': to } }
      for await (const item of table.query('unsettled', KEY, { where }))
        found.push(unproved(item.exception as Exception))
      return found.filter(({ scheduledAt }) => scheduledAt < to)
    },
  }
}

export function cancelledBy(exception: Exception, { at, by, reason }: Cancelling): Exception {
  return { ...exception, cancelledAt: at, cancelledBy: by, ...(reason && { cancelReason: reason }) }
}

/** Nobody has taken it back, or moved it elsewhere. */
export function isStill({ id, movedTo = '' }: Pick<Exception, 'id' | 'movedTo'>): Condition {
  const where = movedTo === '' ? 'attribute_not_exists(#exception.movedTo)' : '#exception.movedTo = :placedTo'
  return {
    expression: `#exception.#placed = :placed AND ${where} AND attribute_not_exists(#exception.cancelledAt)`,
    names: { '#exception': KEY, '#placed': 'id' },
    values: { ':placed': id, ...(movedTo !== '' && { ':placedTo': movedTo }) },
  }
}

type Write = { id: string } & Expressions

/**
 * Nothing of it stands under the keys of the indexes but what makes it found: those are for rotations. What is moved is
 * found where it comes from.
 */
export function writing(exception: Exception, condition: Condition): Write {
  const { scheduledAt, movedFrom } = exception
  const found = movedFrom === undefined ? { unsettled: KEY, scheduledAt } : {}
  const set = { exception, ...found, [TTL_ATTRIBUTE]: lastsUntil(exception) }
  return { id: idOf(exception), ...expressionsOf({ set, condition }) }
}

/** What leads from its id to it: an index may lag. */
export function pointing(exception: Exception): Write {
  const { id, schedule, scheduledAt } = exception
  const set = { of: { schedule, scheduledAt }, [TTL_ATTRIBUTE]: lastsUntil(exception) }
  return { id: pointerOf(id), ...expressionsOf({ set }) }
}

/** The gate asks for it at either instant. */
function lastsUntil({ scheduledAt, movedTo = scheduledAt, movedFrom = scheduledAt }: Exception): number {
  return expiryOf([scheduledAt, movedTo, movedFrom].toSorted().at(-1) ?? scheduledAt)
}

function pointerOf(id: string): string {
  return `exception#id#${id}`
}

function idOf({ schedule, scheduledAt }: Pick<Exception, 'schedule' | 'scheduledAt'>): string {
  return `exception#${schedule}#${scheduledAt}`
}
