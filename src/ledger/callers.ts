import { arnOf, type Caller, isWritten, type KeyOfDeed } from '../model/caller.ts'
import type { Condition, Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/**
 * Whose deed it was: written by a function of the stage that has asked STS, and by nobody else. Roles of the stage alone
 * may write these keys; the policies of `permissions` give them to no person. Decision 0169.
 */
export type KeptCaller = {
  caller: Caller
  /** Of a run, what exactly was asked for: another text under the same id is none of theirs. */
  asked?: string
  /** ISO instant. */
  at: string
}

export type Callers = {
  /** Keeps it, unless somebody's proof is kept for this deed: the first one's stands. */
  keep(deed: KeyOfDeed, kept: KeptCaller): Promise<void>
  /** Read consistently. */
  get(deed: KeyOfDeed): Promise<KeptCaller | undefined>
}

/**
 * They expire `RETENTION_DAYS` after they were kept: a record has it by then. A deed that people write does not, and may
 * be in force for years, or of an instant as far ahead: once proved, whose it was is kept for good.
 */
export function openCallers(table: Table): Callers {
  const idOf = ({ deed, id }: KeyOfDeed) => `${CALLER_KEYS}${deed}#${id}`
  return {
    async keep(deed, kept) {
      const stays = arnOf(kept.caller) !== undefined && isWritten(deed.deed)
      const expiry = stays ? {} : { [TTL_ATTRIBUTE]: expiryOf(kept.at) }
      await table.put({ id: idOf(deed), kept, ...expiry }, NOBODY_PROVED)
    },
    async get(deed) {
      return (await table.get(idOf(deed)))?.kept as KeptCaller | undefined
    },
  }
}

const NOBODY_PROVED: Condition = {
  expression: 'attribute_not_exists(id) OR attribute_exists(kept.caller.notProved)',
}

/** What their keys begin with. */
export const CALLER_KEYS = 'caller#'
