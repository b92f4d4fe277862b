import type { Exception } from '../model/exception.ts'
import { type Condition, expressionsOf, type Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** Occurrences that people skip, each under its schedule and instant: one at most is in force. */
export type Exceptions = {
  /** In force for this occurrence (ISO). Read consistently: it counts at once. */
  at(schedule: string, scheduledAt: string): Promise<Exception | undefined>
  /**
   * Keeps it, unless one is in force for its occurrence. What then stands; undefined where others were writing, and
   * none is in force.
   */
  place(exception: Exception): Promise<Exception | undefined>
  /** Takes this one back, and no other. False: nothing changed. */
  cancel(exception: Exception, by: Cancelling): Promise<boolean>
  /** Those of occurrences in between (ISO, the end excluded), in time order, cancelled ones too: from an index, which may lag by a moment. */
  between(from: string, to: string): Promise<Exception[]>
}

type Cancelling = { at: string; by: string; reason?: string }

/** What the sparse index `unsettled` has them under. */
const KEY = 'exception'

const NONE_IN_FORCE: Condition = {
  expression: 'attribute_not_exists(id) OR attribute_exists(#exception.cancelledAt)',
  names: { '#exception': KEY },
}

/** They expire `RETENTION_DAYS` after their instants, as the records that tell of them. */
export function openExceptions(table: Table): Exceptions {
  async function at(schedule: string, scheduledAt: string): Promise<Exception | undefined> {
    const item = await table.get(idOf({ schedule, scheduledAt }))
    const exception = item?.exception as Exception | undefined
    return exception?.cancelledAt === undefined ? exception : undefined
  }
  return {
    at,
    async place(exception) {
      const done = await table.transact([write(exception, NONE_IN_FORCE)])
      return done ? exception : at(exception.schedule, exception.scheduledAt)
    },
    async cancel(exception, { at: cancelledAt, by: cancelledBy, reason: cancelReason }) {
      const cancelled = { ...exception, cancelledAt, cancelledBy, ...(cancelReason && { cancelReason }) }
      return table.transact([write(cancelled, isStill(exception.id))])
    },
    async between(from, to) {
      const found: Exception[] = []
      const where = { expression: '#at BETWEEN :from AND :to', values: { ':from': from, ':to': to } }
      for await (const item of table.query('unsettled', KEY, { where }))
        found.push(item.exception as Exception)
      return found.filter(({ scheduledAt }) => scheduledAt < to)
    },
  }
}

function isStill(id: string): Condition {
  return {
    expression: '#exception.#placed = :placed AND attribute_not_exists(#exception.cancelledAt)',
    names: { '#exception': KEY, '#placed': 'id' },
    values: { ':placed': id },
  }
}

/** Nothing of it stands under the keys of the indexes but what makes it found: those are for rotations. */
function write(exception: Exception, condition: Condition) {
  const { scheduledAt } = exception
  const set = { exception, unsettled: KEY, scheduledAt, [TTL_ATTRIBUTE]: expiryOf(scheduledAt) }
  return { id: idOf(exception), ...expressionsOf({ set, condition }) }
}

function idOf({ schedule, scheduledAt }: Pick<Exception, 'schedule' | 'scheduledAt'>): string {
  return `exception#${schedule}#${scheduledAt}`
}
