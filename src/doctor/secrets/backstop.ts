import { filledIn } from '../../model/pasteable.ts'
import { DAY } from '../../model/time.ts'
import type { SecretFacts } from './facts.ts'

/** Source: API reference, RotationRulesType, AutomaticallyAfterDays (1 to 1000). */
const MOST_DAYS = 1_000

/**
 * The shortest native interval, in days, that never comes before ours. The native window is a whole UTC day, so that it
 * opens up to a day before the interval is over; another day is for our window and the rotation itself.
 * Undefined where no gap is known, or none is long enough.
 */
export function backstopDays(longestGapMs: number | undefined): number | undefined {
  if (longestGapMs === undefined) return undefined
  const days = Math.ceil(longestGapMs / DAY) + 2
  return days > MOST_DAYS ? undefined : days
}

/** What to type for it; DAYS where nobody can tell how many. */
export function backstopLine({ secret, longestGapMs }: SecretFacts): string {
  const line =
    'aws secretsmanager rotate-secret --secret-id SECRET --no-rotate-immediately --rotation-rules AutomaticallyAfterDays='
  return `\`${filledIn(line, { secret })}${backstopDays(longestGapMs) ?? 'DAYS'}\``
}
