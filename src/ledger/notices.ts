import { IS_NEW, type Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** Which notices people have been given. Times are ISO instants. Decision 0167. */
export type Notices = {
  isGiven(id: string): Promise<boolean>
  /**
   * Makes a notice this caller's to give: not where another has it in hand, or has given it. Who has had it in hand since
   * before `lostBefore` has died.
   */
  claim(id: string, at: string, lostBefore: string): Promise<boolean>
  /** Once it was sent. */
  given(id: string, at: string): Promise<void>
  /** Where it could not be sent: the next one may try, if it still was this caller's. */
  release(id: string, claimedAt: string): Promise<void>
}

/** Longer than any lead time: a notice that was given is not given again. */
const KEPT_DAYS = 14

export function openNotices(table: Table): Notices {
  const item = (id: string, at: string, rest: object) => ({
    ...{ id: `notice#${id}`, ...rest },
    [TTL_ATTRIBUTE]: expiryOf(at, KEPT_DAYS),
  })
  return {
    isGiven: async (id) => (await table.get(`notice#${id}`))?.givenAt !== undefined,
    claim: (id, at, lostBefore) =>
      table.put(item(id, at, { claimedAt: at }), {
        expression: `${IS_NEW.expression} OR (attribute_not_exists(givenAt) AND claimedAt < :lost)`,
        values: { ':lost': lostBefore },
      }),
    async given(id, at) {
      await table.put(item(id, at, { claimedAt: at, givenAt: at }))
    },
    async release(id, claimedAt) {
      await table.put(item(id, claimedAt, { claimedAt: '' }), {
        expression: 'attribute_not_exists(givenAt) AND claimedAt = :mine',
        values: { ':mine': claimedAt },
      })
    },
  }
}
