import { iso } from '../model/time.ts'
import type { Expression } from './expression.ts'
import { formatDate, formatTime } from './format.ts'
import { type Moved, movedOccurrences, OURS, RUNTIME } from './zone-difference.ts'

/** What is said of a schedule some of whose coming occurrences other zone data put elsewhere. */
type ZoneWarning = { moved: Moved[]; message: string; hint: string }

/** Occurrences in [from, to) that the two disagree on, in a sentence; undefined where there are none. */
export function zoneWarning(
  schedule: Expression,
  from: number,
  to: number,
  ours = OURS,
  theirs = RUNTIME,
): ZoneWarning | undefined {
  const moved = [...movedOccurrences(schedule, from, to, ours, theirs)]
  const [first] = moved
  if (first === undefined) return undefined
  const { timezone } = schedule
  const local = first.ours + ours.clockOf(timezone).offsetAt(first.ours)
  const there = first.theirs === undefined ? 'does not exist' : `is ${minuteText(first.theirs)}`
  const last = moved.at(-1)?.ours ?? first.ours
  const more = moved.length === 1 ? '' : `; likewise ${moved.length - 1} more to ${minuteText(last)}`
  return {
    moved,
    message: `${formatDate(local)} ${formatTime(local)} in ${timezone} is ${minuteText(first.ours)} by our zone data ${ours.release}, and ${there} by this Node’s ${theirs.release}${more}`,
    hint:
      ours.release < theirs.release
        ? `ours are older: npm install --save-dev moment-timezone@latest && npm run zones, then deploy before that day`
        : `it rotates by ours, ${ours.release}; EventBridge Scheduler may go by others, so the audit starts these runs itself`,
  }
}

function minuteText(instant: number): string {
  return iso(instant).replace(/:00\.000Z$/, 'Z')
}
