import { arrivalOf, type Exception, type Moved } from '../model/exception.ts'
import { type Cancelling, cancelledBy, isStill, NONE_IN_FORCE, pointing, writing } from './exceptions.ts'
import type { Table } from './open-table.ts'
import { advancing, type KeptRequest, keeping } from './requests.ts'

/**
 * Occurrences that people move: the exception at the old instant, the same at the new one, and the planned run, which has
 * the exception's id. They are written together, or none of them is. Decision 0162.
 */
export type Moves = {
  /** `before`: how it had been moved until now; else none may be in force at the old instant. False: nothing changed. */
  place(moved: Moved, run: Omit<KeptRequest, 'events'>, before?: Moved): Promise<boolean>
  /**
   * Takes back its run, which must not have started, and the exception with it: the occurrence runs as scheduled. Where
   * that has come already (`gone`) it is left out. False: nothing changed.
   */
  cancel(moved: Moved, by: Cancelling, gone: boolean): Promise<boolean>
}

export function openMoves(table: Table): Moves {
  return {
    place(moved, run, before) {
      const { placedAt: at, by, movedTo } = moved
      const taken = before && endOf(before, { at, by, reason: `moved to ${movedTo}` })
      return table.transact([
        writing(moved, before ? isStill(before) : NONE_IN_FORCE),
        writing(arrivalOf(moved), NONE_IN_FORCE),
        pointing(moved),
        keeping(run),
        ...(taken ?? []),
      ])
    },
    cancel(moved, by, gone) {
      const left = gone ? skipOf(moved) : cancelledBy(moved, by)
      return table.transact([writing(left, isStill(moved)), ...endOf(moved, by)])
    },
  }
}

/** What is left of it once its run is taken back too late. */
export function skipOf({ movedTo: _, ...moved }: Moved): Exception {
  return moved
}

/** What it stands for at its new instant is over: nothing of it had started. */
function endOf(moved: Moved, by: Cancelling) {
  const { at, by: who, reason } = by
  const event = { at, state: 'CANCELLED' as const, by: who, ...(reason !== undefined && { reason }) }
  const arrival = arrivalOf(moved)
  return [writing(cancelledBy(arrival, by), isStill(arrival)), advancing(moved.id, ['PLANNED'], event)]
}
