import { type CallerProof, WRITTEN_DEEDS } from '../model/caller.ts'
import type { Written } from '../model/deeds.ts'
import { expressionsOf, IS_NEW, type Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/**
 * Proofs of what people have written to the table, until the audit has had STS read them. Each is an item of its own, for
 * what it is of is shown, and a proof never is. Whoever may write such an item may write any: nothing of it is believed
 * but what STS says. Decision 0173.
 */
export type Proofs = {
  /** Keeps it. At an instant (ISO) of its sender's clock. */
  keep(deed: Written, proof: CallerProof, at: string): Promise<void>
  /** Those that nobody has done with, the oldest first: from an index. `proof`: whatever somebody has written there. */
  open(): AsyncGenerator<{ deed: Written | undefined; proof: unknown; key: string }>
  /** Takes the proof away. What is left of the item expires. */
  close(key: string): Promise<void>
}

/** As people have written it: whose it is stands elsewhere, and what they say of that here is nobody's word. */
export function unproved<Item extends Partial<Record<Proved, unknown>>>(item: Item): Omit<Item, Proved> {
  const { caller: _, releaser: __, canceller: ___, ...rest } = item
  return rest
}

type Proved = 'caller' | 'releaser' | 'canceller'

/** What the sparse index `unsettled` has them under. */
const OPEN = 'proof'

const KEYS = 'proof#'

/** Expired after a day, should no audit ever see it. */
export function openProofs(table: Table): Proofs {
  return {
    async keep({ deed, id }, proof, at) {
      const set = { proof, unsettled: OPEN, scheduledAt: at, [TTL_ATTRIBUTE]: expiryOf(at, 1) }
      await table.update(`${KEYS}${deed}#${id}`, expressionsOf({ set, condition: IS_NEW }))
    },
    async *open() {
      for await (const { id, proof } of table.query('unsettled', OPEN)) {
        const key = id as string
        // An item of another kind may be written to say that it is one.
        if (key.startsWith(KEYS)) yield { deed: deedIn(key), proof, key }
      }
    },
    async close(key) {
      const condition = { expression: 'attribute_exists(id)' }
      await table.update(key, expressionsOf({ remove: ['unsettled', 'proof'], condition }))
    },
  }
}

/** Of ids as ours are, and a hash: nothing else becomes a part of a request, or of another key. */
function deedIn(key: string): Written | undefined {
  const [, name, id] = /^proof#([a-z]+)#([\w-]{1,64}\/[0-9a-f]{64})$/.exec(key) ?? []
  const deed = WRITTEN_DEEDS.find((it) => it === name)
  return deed && id !== undefined ? { deed, id } : undefined
}
