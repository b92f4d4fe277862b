import type { Adoption } from '../model/rotation.ts'
import { MINUTE } from '../model/time.ts'
import type { Table } from './open-table.ts'

/** It runs every five minutes: three that did not are no hiccup, and nothing watches the stage. */
export const SILENT_MS = 15 * MINUTE

/** How far the audit has come: one item, beside the rotations. Times are ISO instants in UTC. */
export type AuditState = {
  /** When the last audit ended. */
  ranAt: string
  /** When it went on after its last absence. Absent: there was none, or the previous release has written it since. */
  backAt?: string
  /** Of the config that it went by: what is deployed. Absent where the previous release has written it. */
  configVersion?: string
  /** By schedule. */
  marks: Record<string, Watermark>
  /** When failed rotations were last looked at again. */
  lookedAgainAt?: string
  /** How far the hourly look at the secrets has come, and what it has found. */
  looked?: Looked
  /** What the adoptions judged in the last day have shown, but for those that all have fetched. */
  adoptions?: AdoptionFound[]
  /** Who is behind of what rotates again soon, as of the last look that could see it: of an hour ago, as a rule. */
  behind?: StillBehind[]
}

/** Of one secret, which rotates at `at` (ISO) by the schedule `by`. `schedule`: the one that says who uses it. */
export type StillBehind = { secretName: string; schedule: string; at: string; by: string; message: string }

/** Of one rotation. */
export type AdoptionFound = { secretName: string; schedule: string; rotationId: string; adoption: Adoption }

/** Of each twelfth of the secrets, as it was last looked at; what was found is told as it is found. */
export type Looked = { until: string; found: Record<string, Found> }

export type Found = {
  overdue: number
  nativeFirst: number
  /** The first of the overdue, for whoever shows a stage. */
  secrets?: OverdueSecret[]
  /** Those with a `maxAge` that could not be looked at: how many, and the first with what AWS said. */
  unseen?: { count: number; first: string }
}

/** A secret older than the strictest `maxAge` of its schedules. `changedAt`: what its age is counted from, ISO. */
export type OverdueSecret = { secretName: string; schedule: string; maxAgeSeconds: number; changedAt: string }

/** Every occurrence up to and with `until` is accounted for, as long as the schedule's timing is this one. */
export type Watermark = {
  until: string
  timing: string
  /** When it appeared, at the latest, and the audit before that: absent once what was due in between has been looked at. */
  unseen?: { from: string; to: string }
}

export type AuditStates = {
  /** Read consistently. `revision`: which write it is of, for `put`; 0 where there is none yet. */
  get(): Promise<{ state?: AuditState; revision: number }>
  /** Replaces the state if it is still at that revision. Answers whether it was. */
  put(state: AuditState, revision: number): Promise<boolean>
}

/** Of each list, bytes: the state is one item, of 400 KB at most. */
const MOST_BYTES = 80_000

/** The first of them, as many as the state has room for: what is left out has been told all the same. */
export function asManyAsFit<Item>(items: Item[]): Item[] {
  let bytes = 0
  const end = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item))
    return bytes > MOST_BYTES
  })
  return end < 0 ? items : items.slice(0, end)
}

const ID = 'audit#state'

export function openAuditStates(table: Table): AuditStates {
  return {
    async get() {
      const item = await table.get(ID)
      return item ? { state: item.state as AuditState, revision: item.revision as number } : { revision: 0 }
    },
    put: (state, revision) =>
      table.put(
        { id: ID, state, revision: revision + 1 },
        {
          expression: 'attribute_not_exists(id) OR revision = :revision',
          values: { ':revision': revision },
        },
      ),
  }
}
