import { civilDate, dayNumber, daysInMonth, mondayOf } from '../../../calendar/civil.ts'
import { MONTHS } from '../../../calendar/describe.ts'
import { startOfDay, wallClock } from '../../../calendar/wall-clock.ts'
import { DAY, iso } from '../../../model/time.ts'
import type { CalendarAnswer, DayAnswer } from '../api-types.ts'

/** Which days a calendar shows. */
type CalendarView = Pick<CalendarAnswer, 'title' | 'previous' | 'next'> & { days: ViewDay[] }

export type ViewDay = Pick<DayAnswer, 'date' | 'from' | 'to' | 'outside'>

/** The month or the week around a day (of the zone's clock; days since 1970-01-01), in whole weeks from Monday. */
export function calendarView(view: 'month' | 'week', day: number, timezone: string): CalendarView {
  const { year, month } = civilDate(day)
  const [first, length] =
    view === 'month' ? [dayNumber(year, month, 1), daysInMonth(year, month)] : [mondayOf(day), 7]
  const last = first + length - 1
  const end = mondayOf(last) + 7
  const days: ViewDay[] = []
  for (let it = mondayOf(first); it < end; it++) {
    const outside = it < first || it > last
    days.push({
      ...{ date: dateText(it), outside },
      ...{ from: startOfDay(it, timezone), to: startOfDay(it + 1, timezone) },
    })
  }
  return {
    title: view === 'month' ? monthText(day) : weekText(first, last),
    previous: dateText(view === 'month' ? dayNumber(year, month - 1, 1) : first - 7),
    next: dateText(last + 1),
    days,
  }
}

/** The day that the zone's clock shows at an instant. */
export function dayAt(instant: number, timezone: string): number {
  return Math.floor((instant + wallClock(timezone).offsetAt(instant)) / DAY)
}

/** The day of YYYY-MM-DD, from 1970 to 2199; undefined where there is no such day. */
export function dayIn(date: string): number | undefined {
  const [, year, month, day] = /^(19[7-9]\d|20\d\d|21\d\d)-(\d\d)-(\d\d)$/.exec(date)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  return dayNumber(year, month, day)
}

function dateText(day: number): string {
  return iso(day * DAY).slice(0, 10)
}

function monthText(day: number): string {
  const { year, month } = civilDate(day)
  return `${MONTHS[month - 1]} ${year}`
}

/** No more of the first day's month and year than tells it from the last's. */
function weekText(first: number, last: number): string {
  const [a, b] = [civilDate(first), civilDate(last)]
  const end = `${b.day} ${monthText(last)}`
  if (a.year !== b.year) return `${a.day} ${monthText(first)} – ${end}`
  return a.month === b.month ? `${a.day}–${end}` : `${a.day} ${MONTHS[a.month - 1]} – ${end}`
}
