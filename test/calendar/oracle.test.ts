import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { ExpressionError } from '../../src/calendar/expression.ts'
import { DEEP } from '../deep.ts'
import { cronExpression } from './expressions.ts'
import { firstMinutes, type LocalMinute, occurrences } from './oracle.ts'
import { changesOf, ZONES } from './zones.ts'

const DAY = 86_400_000
/**
 * Deep: the weeks of every change of the zone's years, whole years too: minutes, not seconds. `TOURBILLON_DEEP=300` tries
 * as many expressions of each.
 */
const EXPRESSIONS = DEEP ? Math.max(25, Number(process.env.TOURBILLON_DEEP)) : 50

describe('every minute of the weeks around a clock change, field by field through Intl', () => {
  for (const zone of ZONES) {
    it(zone.name, () => {
      const changes = DEEP ? changesOf(zone.name, zone.years) : []
      const weeks = [...zone.weeks, ...changes]
      for (const week of weeks)
        checkInterval(zone.name, Date.parse(week) - 4 * DAY, Date.parse(week) + 4 * DAY)
      if (DEEP) console.log(`${zone.name}: ${weeks.length} weeks of ${zone.years.join('–')} × ${EXPRESSIONS}`)
    })
  }
})

describe.runIf(DEEP)('every minute of whole years', () => {
  for (const zone of ZONES) {
    it(zone.name, () => {
      const year = Number(zone.weeks[0]?.slice(0, 4))
      checkInterval(zone.name, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1))
      console.log(`${zone.name}: ${year} whole × ${EXPRESSIONS}`)
    })
  }
})

function checkInterval(timezone: string, from: number, to: number): void {
  const minutes = firstMinutes(timezone, from, to)
  const years = [new Date(from).getUTCFullYear(), new Date(to).getUTCFullYear()]
  const check = (expression: string) => {
    const expected = occurrences(expression, minutes)
    const actual = between(expression, timezone, from, to)
    // Compared by hand first: `toEqual` takes its time over half a million numbers.
    if (actual.length !== expected.length || !actual.every((at, i) => at === expected[i]))
      expect(actual, expression).toEqual(expected)
    if (expected.length < 2000) checkSteps(expression, timezone, minutes, expected)
  }
  check('cron(* * * * ? *)')
  fc.assert(fc.property(cronExpression(years), check), { numRuns: EXPRESSIONS, seed: (from / DAY) | 0 })
}

/** `next` and `previous` from instants all over the interval, second passes of a repeated hour included. */
function checkSteps(expression: string, timezone: string, minutes: LocalMinute[], expected: number[]): void {
  if (expected.length === 0) return
  const calendar = compile(expression, timezone)
  const [start, end] = [minutes[0]?.instant ?? 0, minutes.at(-1)?.instant ?? 0]
  for (let step = 0; step <= 40; step++) {
    const instant = start + Math.floor(((end - start) * step) / 40 / 60_000) * 60_000
    const next = expected.find((at) => at > instant)
    const previous = expected.findLast((at) => at < instant)
    if (next !== undefined) expect(calendar.next(instant), `${expression} after ${instant}`).toBe(next)
    if (previous !== undefined)
      expect(calendar.previous(instant), `${expression} before ${instant}`).toBe(previous)
  }
}

function between(expression: string, timezone: string, from: number, to: number): number[] {
  try {
    return [...compile(expression, timezone).between(from, to)]
  } catch (error) {
    // A generated expression may name a date no month has; the oracle then finds nothing either.
    if (error instanceof ExpressionError && /never exists|no such local time/.test(error.message)) return []
    throw error
  }
}
