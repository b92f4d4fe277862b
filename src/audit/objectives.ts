import type { Finding } from '../model/finding.ts'
import { type Missed, missedIn } from '../model/objective.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, MINUTE } from '../model/time.ts'
import { objectiveText } from '../report/objective.ts'

/** An index shows what was written within that, and clocks differ by less. */
const LAG_MS = 5 * MINUTE

/**
 * Which settled rotations this look tells of: those that no look before has, and that surely show by now. Looks follow
 * one another without a gap or an overlap, by when they began (epoch ms); `before`: undefined, the first.
 */
export function isNewlySettled(
  { settledAt }: Pick<Rotation, 'settledAt'>,
  { before, began }: { before: number | undefined; began: number },
): boolean {
  const at = Date.parse(settledAt ?? '')
  return at > (before ?? began - DAY) - LAG_MS && at <= began - LAG_MS
}

/** One an occurrence: its key is the same where more of a wave ends later, so people are told once. */
export function objectiveFindings(rotations: Rotation[]): Finding[] {
  return missedIn(rotations).map((it): Finding => {
    const { schedule, scheduledAt, secret, missed } = it
    return {
      kind: 'OBJECTIVE_MISSED',
      key: keyOf(it),
      schedule,
      ...(missed === 1 && { secret }),
      message: `of ${schedule} at ${scheduledAt}, ${objectiveText(it)}`,
    }
  })
}

function keyOf({ schedule, scheduledAt }: Missed): string {
  return `objective ${schedule} ${scheduledAt}`
}
