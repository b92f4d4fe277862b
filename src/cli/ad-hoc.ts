import { compile } from '../calendar/calendar.ts'
import type { ExpressionError } from '../calendar/expression-error.ts'
import { isTimezone, suggestTimezone } from '../calendar/timezone.ts'
import { CannotDo } from './command.ts'
import type { Entry } from './occurrences.ts'

/** An expression from the command line as an entry. Throws CannotDo (zone), ExpressionError (expression). */
export function adHocEntry(when: string, timezone: string, start: number | undefined): Entry {
  if (!isTimezone(timezone)) {
    const near = suggestTimezone(timezone)
    const hint =
      near === undefined
        ? 'use an IANA name such as Europe/Paris, Asia/Tokyo or UTC'
        : `did you mean ${near}?`
    throw new CannotDo(`unknown time zone «${timezone}»`, { hint })
  }
  const calendar = compile(when, timezone, start === undefined ? {} : { start })
  return { name: null, when, timezone, secrets: [], windowSeconds: 0, calendar, freezes: [], enabled: true }
}

/** The expression with a mark under what is wrong, then what to write instead. */
export function describeExpressionError(when: string, error: ExpressionError): string {
  const mark = ' '.repeat(error.offset) + '^'.repeat(Math.max(1, error.length))
  return `  ${when}\n  ${mark}\n${error.message}\n  hint: ${error.hint}\n`
}
