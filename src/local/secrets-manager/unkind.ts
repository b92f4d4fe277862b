import type { Context } from './context.ts'
import { findSecret } from './find.ts'

/** Where the local Secrets Manager can be as unkind as AWS, whose operations are all eventually consistent. */
export type Unkind = {
  /** How old what DescribeSecret shows this caller (an access key id) is, milliseconds. */
  seenLateMs?: (caller: string) => number
  /** Whether this answer of ListSecrets names a secret twice, as a list does that changes between two pages. */
  listedTwice?: () => boolean
}

/** What DescribeSecret would have shown, as it was after each request. */
export type EarlierSights = {
  note(context: Context, secretId: string, describe: () => object): void
  /** As it was at `at`; undefined where nothing is known from then. */
  asOf(context: Context, secretId: string, at: number): object | undefined
}

/** More than a reader can be late. */
const KEPT = 50

export function earlierSights(): EarlierSights {
  const sights = new WeakMap<object, { at: number; shown: object }[]>()
  return {
    note(context, secretId, describe) {
      let secret: object
      try {
        secret = findSecret(context.state, secretId)
      } catch {
        return
      }
      const known = sights.get(secret) ?? []
      sights.set(secret, [...known, { at: context.environment.now(), shown: describe() }].slice(-KEPT))
    },
    asOf(context, secretId, at) {
      const known = sights.get(findSecret(context.state, secretId))
      return known?.findLast((sight) => sight.at <= at)?.shown
    },
  }
}
