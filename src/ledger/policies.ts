import type { Freeze } from '../calendar/freezes.ts'
import type { Table } from './open-table.ts'

/**
 * What the newest config forbids, for executions that started on an older one and wait: a wave may wait for a go-ahead
 * for days. The audit keeps it, which is always the newest version.
 */
export type Policy = {
  configVersion: string
  /** When the audit that wrote it began (ISO): what started later knows at least as much. */
  at: string
  freezes: (Freeze & { ignoredBy?: string[] })[]
  /** Schedules that are disabled, or gone. */
  disabled: string[]
  /** Those that the config has, so that a later one can tell which are gone. */
  schedules: string[]
}

export type Policies = {
  /** Read consistently. */
  get(): Promise<Policy | undefined>
  /** Replaces it, unless what stands there was written by an audit that began later. */
  put(policy: Policy): Promise<void>
}

const ID = 'policy#current'

export function openPolicies(table: Table): Policies {
  return {
    async get() {
      return (await table.get(ID))?.policy as Policy | undefined
    },
    async put(policy) {
      await table.put(
        { id: ID, policy },
        {
          expression: 'attribute_not_exists(id) OR #policy.#at < :at',
          names: { '#policy': 'policy', '#at': 'at' },
          values: { ':at': policy.at },
        },
      )
    },
  }
}
