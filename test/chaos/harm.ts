import type { ServerResponse } from 'node:http'

/** An error as AWS answers it. */
export type Refused = { code: string; message?: string; status?: number }

/** What a request comes to on its way. Only `lost request`, `refused` and a `hang` that is not carried keep it from AWS. */
export type Harm =
  /** It arrives late. */
  | { kind: 'delay'; ms: number }
  /** It is carried out at once, and answered late. */
  | { kind: 'late answer'; ms: number }
  /** It never arrives: the connection is reset. */
  | { kind: 'lost request' }
  /** It is carried out, and the connection reset before the answer. `nextRefused`: how the next sending of it is refused. */
  | { kind: 'lost answer'; nextRefused?: Refused }
  /** No answer, no end, for this long; then a reset. `carried`: out, all the same. */
  | { kind: 'hang'; ms: number; carried: boolean }
  /** It is carried out; a reset in the middle of the answer. */
  | { kind: 'reset' }
  /** It is carried out; half of the answer comes, as if it were all. */
  | { kind: 'truncated' }
  /** It arrives twice, and is answered as the second time. */
  | { kind: 'twice' }
  /** It arrives with this ClientRequestToken, as if AWS chose the new version's id itself. */
  | { kind: 'other token'; token: string }
  /** AWS refuses it: throttling, its own failure, a permission. */
  | { kind: 'refused'; error: 'throttled' | 'unavailable' | Refused }
  /** Batches of DynamoDB and EventBridge: the first `keep` are carried out, the rest is said to be left, HTTP 200. */
  | { kind: 'partial'; keep: number }
  /** What follows a `lost answer` with `nextRefused`. */
  | { kind: 'refused again' }

/** A reset, as a peer that has crashed sends it. */
export function dropped(response: ServerResponse) {
  response.socket?.resetAndDestroy()
}

/**
 * For tests: harm by rule, the first that fits and is not spent. `times` defaults to once.
 *
 * Example: `rules([{ action: 'RotateSecret', harm: { kind: 'hang', ms: 75_000, carried: false } }])`
 */
export function rules(
  all: { service?: string; action?: string; caller?: string; times?: number; harm: Harm }[],
): (asked: { service: string; action: string; caller: string }) => Harm | undefined {
  const left = all.map(({ times = 1, ...rule }) => ({ ...rule, times }))
  return (asked) => {
    const rule = left.find(
      ({ times, service = asked.service, action = asked.action, caller = asked.caller }) =>
        times > 0 && service === asked.service && action === asked.action && caller === asked.caller,
    )
    if (rule) rule.times--
    return rule?.harm
  }
}
