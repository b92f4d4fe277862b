import type { ExpressionError } from '../calendar/expression.ts'
import { formatLocal } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { iso } from '../model/time.ts'
import type { Occurrence } from '../operate/occurrences.ts'

/** One occurrence as the commands' `--json` shows it. `zone`: by whose clock, where not its own. */
export function occurrenceJson(
  { entry, at, frozen, note, planned }: Occurrence,
  zone = entry.timezone,
): Record<string, unknown> {
  return {
    schedule: entry.name,
    secrets: entry.secrets,
    scheduledAt: iso(at),
    local: formatLocal(at, wallClock(zone).offsetAt(at)),
    frozen: frozen?.name ?? null,
    note,
    ...(planned && { planned }),
  }
}

/** The expression with a mark under what is wrong, then what to write instead. */
export function describeExpressionError(when: string, error: ExpressionError): string {
  const mark = ' '.repeat(error.offset) + '^'.repeat(Math.max(1, error.length))
  return `  ${when}\n  ${mark}\n${error.message}\n  hint: ${error.hint}\n`
}
