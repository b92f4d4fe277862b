import { formatDuration, formatPreciseDuration } from '../calendar/format.ts'
import type { Missed } from '../model/objective.ts'
import { oneLine } from '../model/text.ts'

/** `3 began later than the objective of 1 s, at most 4.2 s after the instant (prod/orders/db)`. */
export function objectiveText({ missed, objectiveSkewSeconds, mostMs, secret }: Missed): string {
  return `${missed} began later than the objective of ${formatDuration(objectiveSkewSeconds * 1_000)}, at most ${formatPreciseDuration(mostMs)} after the instant (${oneLine(secret)})`
}
