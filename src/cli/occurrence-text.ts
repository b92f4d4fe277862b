import type { ExpressionError } from '../calendar/expression.ts'
import { formatLocal } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Exception } from '../model/exception.ts'
import { iso } from '../model/time.ts'
import type { Occurrence } from '../operate/occurrences.ts'

/** One occurrence as the commands' `--json` shows it. `zone`: by whose clock, where not its own. */
export function occurrenceJson(
  { entry, at, frozen, note, skipped, planned }: Occurrence,
  zone = entry.timezone,
): Record<string, unknown> {
  return {
    schedule: entry.name,
    secrets: entry.secrets,
    scheduledAt: iso(at),
    local: formatLocal(at, wallClock(zone).offsetAt(at)),
    frozen: frozen?.name ?? null,
    skipped: skipped ? skippedJson(skipped) : null,
    note,
    ...(entry.canary && !planned && { canary: entry.canary.first }),
    ...(planned && { planned }),
  }
}

/** Who, why, and by what it is taken back; where it is moved. */
export function skippedJson({ id, by, reason, movedTo }: Exception) {
  return { id, by, reason, ...(movedTo !== undefined && { movedTo }) }
}

/** The expression with a mark under what is wrong, then what to write instead. */
export function describeExpressionError(when: string, error: ExpressionError): string {
  const mark = ' '.repeat(error.offset) + '^'.repeat(Math.max(1, error.length))
  return `  ${when}\n  ${mark}\n${error.message}\n  hint: ${error.hint}\n`
}
