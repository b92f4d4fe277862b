import { atCalendar } from './at.ts'
import { parseCron } from './cron.ts'
import { cronCalendar } from './cron-calendar.ts'
import { type Calendar, type Expression, ExpressionError, expressionKind } from './expression.ts'
import { instantIn } from './instant.ts'
import { neverFires } from './never-fires.ts'
import { proposalFor } from './proposal.ts'
import { rateCalendar } from './rate.ts'
import { type WallClock, wallClock } from './wall-clock.ts'

/** Of schedules that are asked for again and again. */
const KNOWN = new WeakMap<Expression, Calendar>()

/** The occurrences of a validated schedule; by our own zone data, unless by another `clock`. */
export function calendarOf(expression: Expression, clock?: WallClock): Calendar {
  const known = clock ? undefined : KNOWN.get(expression)
  if (known) return known
  const calendar = compiled(expression, clock)
  if (!clock) KNOWN.set(expression, calendar)
  return calendar
}

function compiled({ when, timezone, start }: Expression, clock?: WallClock): Calendar {
  return compile(when, timezone, {
    ...(start !== undefined && { start: instantIn(start) }),
    ...(clock && { clock }),
  })
}

/**
 * Compiles an EventBridge Scheduler expression: `cron(…)`, `rate(…)` or `at(…)`, exactly as AWS documents them (User
 * Guide, "Schedule types"); anything else is refused, with what to write instead where that can be told. A local time
 * that daylight saving skips does not fire, one that it repeats fires once, the first time.
 *
 * @param timezone IANA name, checked before (`isTimezone`).
 * @param options.start epoch ms, first occurrence of a `rate()`, which needs it.
 * @param options.clock of the zone, where other data than ours are to count.
 * @throws ExpressionError
 */
export function compile(when: string, timezone: string, options: Options = {}): Calendar {
  try {
    return exactly(when, timezone, options)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const accepted = (proposal: string) => accepts(proposal, timezone, { start: 0, ...options })
    const hint = proposalFor(when, accepted)
    throw hint === undefined ? error : new ExpressionError(error.message, error, hint)
  }
}

type Options = { start?: number; clock?: WallClock }

function exactly(when: string, timezone: string, options: Options): Calendar {
  const clock = () => options.clock ?? wallClock(timezone)
  switch (expressionKind(when)) {
    case 'cron': {
      const cron = parseCron(when)
      const calendar = cronCalendar(cron, clock())
      if ((calendar.next(PRESENT) ?? calendar.previous(PRESENT + 1)) === undefined)
        throw neverFires(when, cron, timezone)
      return calendar
    }
    case 'rate':
      return rateCalendar(when, options.start)
    case 'at':
      return atCalendar(when, timezone, clock())
  }
}

function accepts(when: string, timezone: string, options: Options): boolean {
  try {
    exactly(when, timezone, options)
    return true
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return false
  }
}

/** Where to begin looking for any occurrence at all: near those that will be asked for, whose clock changes serve again. */
const PRESENT = Date.UTC(2026, 0, 1)
