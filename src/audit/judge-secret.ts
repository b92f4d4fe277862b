import type { Seen } from '../aws/secrets.ts'
import type { OverdueSecret } from '../ledger/audit-state.ts'
import type { Finding } from '../model/finding.ts'
import { secretKeyOf } from '../model/identity.ts'
import type { Place } from '../model/place.ts'
import { DAY, iso } from '../model/time.ts'
import { countedFrom } from '../model/under-policy.ts'

/** What the policies of a secret's schedules come to: the strictest, and whose it is. */
export type SecretPolicy = {
  secret: string
  place?: Place | undefined
  maxAge?: { seconds: number; schedule: string } | undefined
  /** Our next occurrence that no freeze stops, epoch ms. */
  next?: number | undefined
}

/** Too old, or about to be rotated by AWS before we do it. `now`: epoch ms. */
export function judgeSecret(policy: SecretPolicy, seen: Seen, now: number): Finding[] {
  return [...overdueFinding(policy, seen, now), ...nativeFirst(policy, seen)]
}

/** Undefined where it is young enough, going away, or nobody minds. */
export function overdueOf(
  { secret, place, maxAge }: SecretPolicy,
  seen: Seen,
  now: number,
): OverdueSecret | undefined {
  if (!('secret' in seen) || seen.secret.DeletedDate || !maxAge) return undefined
  const since = countedFrom(seen.secret)
  if (!since || now - since.at <= maxAge.seconds * 1_000) return undefined
  return {
    secretName: secretKeyOf(secret, place),
    schedule: maxAge.schedule,
    maxAgeSeconds: maxAge.seconds,
    changedAt: iso(since.at),
  }
}

function overdueFinding(policy: SecretPolicy, seen: Seen, now: number): Finding[] {
  const overdue = overdueOf(policy, seen, now)
  if (!overdue || !('secret' in seen)) return []
  const { secretName, changedAt, maxAgeSeconds } = overdue
  const what = countedFrom(seen.secret)?.rotated ? 'was last rotated' : 'was created, and never rotated,'
  return [
    {
      kind: 'OVERDUE',
      key: `overdue ${secretName} ${changedAt}`,
      secret: policy.secret,
      message: `${secretName} ${what} at ${changedAt}, ${days(now - Date.parse(changedAt))} days ago; maxAge is ${days(maxAgeSeconds * 1_000)} days`,
    },
  ]
}

/**
 * NextRotationDate is the latest moment of native rotation, and stays in the past where that fails. Source: API
 * reference, DescribeSecret.
 */
function nativeFirst({ secret, place, next }: SecretPolicy, seen: Seen): Finding[] {
  if (!('secret' in seen) || seen.secret.DeletedDate) return []
  const { NextRotationDate } = seen.secret
  if (NextRotationDate === undefined || next === undefined) return []
  if (new Date(NextRotationDate).getTime() >= next) return []
  const key = secretKeyOf(secret, place)
  return [
    {
      kind: 'NATIVE_FIRST',
      key: `native ${key} ${iso(NextRotationDate)}`,
      secret,
      message: `Secrets Manager’s own rotation of ${key} is due by ${iso(NextRotationDate)}, before our next occurrence at ${iso(next)}: make its interval longer than the longest gap, or remove its rules`,
    },
  ]
}

function days(ms: number): number {
  return Math.floor((ms / DAY) * 10) / 10
}
