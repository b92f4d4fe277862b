import type { Context } from './context.ts'
import { findSecret } from './find.ts'
import type { Secret } from './secret.ts'

/** Where the local Secrets Manager can be as unkind as AWS, whose operations are all eventually consistent. */
export type Unkind = {
  /** How old what DescribeSecret shows this caller (an access key id) is, milliseconds. */
  seenLateMs?: (caller: string) => number
  /** Whether this answer of ListSecrets names a secret twice, as a list does that changes between two pages. */
  listedTwice?: () => boolean
}

/** What DescribeSecret would have shown, and when that began to be so. */
type EarlierSights = {
  /** Notes what it shows from now on. */
  note(context: Context, secretId: string, describe: () => object): void
  /** As it was at `at`, or the earliest that is known; undefined where nothing is. */
  asOf(context: Context, secretId: string, at: number): object | undefined
}

/** More than a reader can be late. */
const KEPT = 50

export function earlierSights(): EarlierSights {
  const sights = new WeakMap<Secret, { at: number; shown: object }[]>()
  const secretIn = ({ state }: Context, id: string) => {
    try {
      return findSecret(state, id)
    } catch {
      return undefined
    }
  }
  return {
    note(context, secretId, describe) {
      const secret = secretIn(context, secretId)
      if (!secret) return
      const known = sights.get(secret) ?? []
      sights.set(secret, [...known, { at: context.environment.now(), shown: describe() }].slice(-KEPT))
    },
    asOf(context, secretId, at) {
      const secret = secretIn(context, secretId)
      const known = (secret && sights.get(secret)) ?? []
      return (known.findLast((sight) => sight.at <= at) ?? known[0])?.shown
    },
  }
}
