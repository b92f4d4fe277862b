import type { Schedule } from '../config/config.ts'
import { atCalendar } from './at.ts'
import { parseCron } from './cron.ts'
import { cronCalendar } from './cron-calendar.ts'
import { ExpressionError } from './expression-error.ts'
import { fromFiveFields } from './five-fields.ts'
import { instantIn } from './instant.ts'
import { neverFires } from './never.ts'
import { rateCalendar } from './rate.ts'
import { type WallClock, wallClock } from './wall-clock.ts'

/** The occurrences of one expression in one zone. Instants are epoch milliseconds. */
export type Calendar = {
  /** Strictly after; undefined where it never fires again. */
  next(after: number): number | undefined
  /** Strictly before. */
  previous(before: number): number | undefined
  /** `from` inclusive, `to` exclusive, lazily, increasing. */
  between(from: number, to: number): Generator<number>
}

/** The occurrences of a schedule of a validated config; by our own zone data, unless by another `clock`. */
export function calendarOf(
  { when, timezone, start }: Pick<Schedule, 'when' | 'timezone' | 'start'>,
  clock?: WallClock,
): Calendar {
  return compile(when, timezone, {
    ...(start !== undefined && { start: instantIn(start) }),
    ...(clock && { clock }),
  })
}

/**
 * Compiles an EventBridge Scheduler expression: `cron(…)`, `rate(…)` or `at(…)`, exactly as AWS documents them (User
 * Guide, "Schedule types"); anything else is refused. A local time that daylight saving skips does not fire, one that
 * it repeats fires once, the first time.
 *
 * @param timezone IANA name, checked before (`isTimezone`).
 * @param options.start epoch ms, first occurrence of a `rate()`, which needs it.
 * @param options.clock of the zone, where other data than ours are to count.
 * @throws ExpressionError
 */
export function compile(
  when: string,
  timezone: string,
  options: { start?: number; clock?: WallClock } = {},
): Calendar {
  const clock = () => options.clock ?? wallClock(timezone)
  switch (kindOf(when)) {
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

/** Where to begin looking for any occurrence at all: near those that will be asked for, whose clock changes serve again. */
const PRESENT = Date.UTC(2026, 0, 1)

export function kindOf(when: string): 'cron' | 'rate' | 'at' {
  const kind = /^(cron|rate|at)\([^()]*\)$/.exec(when)?.[1]
  if (kind === 'cron' || kind === 'rate' || kind === 'at') return kind
  throw new ExpressionError(
    'this is no EventBridge Scheduler expression',
    { offset: 0, length: when.length },
    hintFor(when),
  )
}

const SHORTHANDS: Record<string, string> = {
  '@hourly': 'cron(0 * * * ? *)',
  '@daily': 'cron(0 0 * * ? *)',
  '@midnight': 'cron(0 0 * * ? *)',
  '@weekly': 'cron(0 0 ? * SUN *)',
  '@monthly': 'cron(0 0 1 * ? *)',
  '@yearly': 'cron(0 0 1 JAN ? *)',
  '@annually': 'cron(0 0 1 JAN ? *)',
}

function hintFor(when: string): string {
  const bare = when.trim()
  const shorthand = SHORTHANDS[bare.toLowerCase()]
  if (shorthand !== undefined) return `write ${shorthand}`
  if (/^(cron|rate|at)\(.*\)$/.test(bare)) return `no space around it, no brackets within: ${bare}`
  if (/^(cron|rate|at)\s*\(.*\)$/i.test(bare)) {
    return `cron, rate and at are lower case and touch their bracket: ${bare.replace(/^(\w+)\s*/, (_, word) => word.toLowerCase())}`
  }
  const fields = bare.split(/\s+/)
  if (fields.length === 5) return fromFiveFields(fields)
  if (fields.length === 6) return `write cron(${bare})`
  return 'write cron(minute hour day-of-month month day-of-week year), at(yyyy-mm-ddThh:mm:ss) or rate(value unit)'
}
