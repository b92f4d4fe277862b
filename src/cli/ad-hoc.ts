import { compile } from '../calendar/calendar.ts'
import type { ExpressionError } from '../calendar/expression.ts'
import { type Entry, knownTimezone } from '../operate/occurrences.ts'

/** An expression from the command line as an entry. Throws CannotDo (zone), ExpressionError (expression). */
export function adHocEntry(when: string, timezone: string, start: number | undefined): Entry {
  knownTimezone(timezone)
  const calendar = compile(when, timezone, start === undefined ? {} : { start })
  return { name: null, when, timezone, secrets: [], windowSeconds: 0, calendar, freezes: [], enabled: true }
}

/** The expression with a mark under what is wrong, then what to write instead. */
export function describeExpressionError(when: string, error: ExpressionError): string {
  const mark = ' '.repeat(error.offset) + '^'.repeat(Math.max(1, error.length))
  return `  ${when}\n  ${mark}\n${error.message}\n  hint: ${error.hint}\n`
}
