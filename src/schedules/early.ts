import { compile } from '../calendar/calendar.ts'
import { type Cron, cronFields, parseCron } from '../calendar/cron.ts'
import { expressionKind } from '../calendar/expression.ts'
import type { Schedule } from '../config/config.ts'
import { EARLY_MS } from '../model/limits.ts'
import { iso, MINUTE } from '../model/time.ts'
import { cronText, isEveryDay } from './cron-text.ts'
import { dayBefore } from './day-before.ts'
import { rateTiming, startOf, type Timing } from './timing.ts'

/**
 * Early companions. Scheduler fires anywhere inside a minute, so an entry that wants the second is also fired two
 * minutes before: that run claims the rotation and waits for the instant.
 *
 * Two minutes before 03:00 is 02:58; before midnight it is another day, which the date fields cannot always say. What
 * cannot be said exactly gets no companion, and that occurrence keeps the minute's precision. Daylight saving is left
 * to the run itself: on a night when clocks change between the two, the companion announces no occurrence and ends
 * (`scheduledWave` in src/rotation/wave-request.ts). Decision 0042.
 *
 * Timings that together fire two minutes before the entry's occurrences; of a rate, also before its idle wake-ups.
 */
export function earlyTimings(schedule: Schedule): Timing[] {
  switch (expressionKind(schedule.when)) {
    case 'cron':
      return earlyCrons(schedule.when).map((expression) => ({ expression, timezone: schedule.timezone }))
    case 'rate':
      return [rateTiming(schedule.when, startOf(schedule) - EARLY_MS)]
    case 'at': {
      const instant = compile(schedule.when, schedule.timezone).next(Number.NEGATIVE_INFINITY) ?? 0
      return [{ expression: `at(${iso(instant - EARLY_MS).slice(0, 19)})`, timezone: 'UTC' }]
    }
  }
}

/** Whether a run is fired ahead of this instant (epoch ms). */
export function isFiredEarly(schedule: Schedule, instant: number): boolean {
  const at = instant - EARLY_MS
  return earlyTimings(schedule).some(
    ({ expression, timezone }) => compile(expression, timezone).next(at - 1) === at,
  )
}

const MINUTES_A_DAY = 24 * 60
const EARLY_MINUTES = EARLY_MS / MINUTE

function earlyCrons(when: string): string[] {
  const cron = parseCron(when)
  const { minutes, hours } = clockOf(cron)
  const [, , dayOfMonth = '*', month = '*', dayOfWeek = '?', year = '*'] = cronFields(when).map(
    ({ text }) => text,
  )
  const written = { dayOfMonth, month, dayOfWeek, year }
  const before = dayBefore(cron, written)

  const later = minutes.filter((minute) => minute >= EARLY_MINUTES).map((minute) => minute - EARLY_MINUTES)
  const first = minutes
    .filter((minute) => minute < EARLY_MINUTES)
    .map((minute) => minute + 60 - EARLY_MINUTES)
  const hourBefore = hours.filter((hour) => hour > 0).map((hour) => hour - 1)
  const midnight = hours.includes(0)

  if (isEveryDay(cron.days) && before !== undefined) {
    // The day before is just another day: the clock goes round.
    const round = midnight ? [...hourBefore, 23] : hourBefore
    if (hours.length === 24) return texts([[...later, ...first], hours, written])
    return texts([later, hours, written], [first, round, written])
  }
  return texts(
    [later, hours, written],
    [first, hourBefore, written],
    [before === undefined ? [] : first, midnight ? [23] : [], before ?? written],
  )
}

/** Scheduler's limit on an expression. Source: API reference, ScheduleExpression. */
const LONGEST = 256

/** The expressions of the given minutes and hours, where there are any and AWS would take them. */
function texts(...parts: Parameters<typeof cronText>[]): string[] {
  return parts
    .filter(([minutes, hours]) => minutes.length > 0 && hours.length > 0)
    .map((part) => cronText(...part))
    .filter((text) => text.length <= LONGEST)
}

/** A cron's times are every given hour at every given minute: its two clock fields, read back. */
function clockOf(cron: Cron): { minutes: number[]; hours: number[] } {
  return {
    minutes: [...new Set(cron.times.map((time) => time % 60))],
    hours: [...new Set(cron.times.map((time) => Math.floor((time % MINUTES_A_DAY) / 60)))],
  }
}
