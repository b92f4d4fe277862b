import type { Config } from '../../../config/config.ts'
import { CannotDo } from '../../../model/errors.ts'
import type { Exception } from '../../../model/exception.ts'
import type { Hold } from '../../../model/hold.ts'
import { START_AHEAD_MS } from '../../../model/limits.ts'
import { daysBack } from '../../../operate/history.ts'
import {
  askedFor,
  type Entry,
  entriesOf,
  knownTimezone,
  type Occurrence,
  timezonesOf,
} from '../../../operate/occurrences.ts'
import { plannedOccurrences } from '../../../operate/planned-occurrences.ts'
import { plannedRunsOf } from '../../../report/planned.ts'
import type { Readings } from '../../../report/readings.ts'
import type { CalendarAnswer } from '../api-types.ts'
import type { CachedRead } from '../cached-read.ts'
import { clockChangesIn, freezesIn } from '../calendar/marks.ts'
import { addRecords, type Records, slotsOf } from '../calendar/slots.ts'
import { calendarView, dayAt, dayIn } from '../calendar/view.ts'
import type { ServerContext } from '../context.ts'
import { HttpError } from '../http-error.ts'
import type { LedgerCache } from '../ledger-cache.ts'
import type { CalendarQuery } from '../request-schemas.ts'

/** A month or a week of the config's calendar, and what the ledger has of it. */
export function createCalendarReader(
  { config, now }: ServerContext,
  ledger: LedgerCache,
  current: CachedRead<Readings>,
): (query: CalendarQuery) => Promise<CalendarAnswer> {
  const all = entriesOf(config)
  return async (query) => {
    const at = now()
    const asked = calendarAsked(query, all, at)
    const records: Records = new Map()
    const { from, to } = asked
    const seen = Math.min(to, at + START_AHEAD_MS)
    if (from < seen)
      for await (const ofDay of ledger.of(daysBack(from, seen)))
        addRecords(
          records,
          query.schedule === undefined ? ofDay : ofDay.filter(({ schedule }) => schedule === query.schedule),
        )
    const planned: Seen | { unseen: string } =
      to > at ? await plannedWithin(asked, config, query.schedule, current) : NOTHING
    if (!('unseen' in planned)) return calendarAnswer(asked, config, records, planned, at)
    return { ...calendarAnswer(asked, config, records, NOTHING, at), plannedUnseen: planned.unseen }
  }
}

/** What the ledger has of what is to come, beside the config. */
type Seen = { planned: Occurrence[]; exceptions: Exception[]; holds: Hold[] }

const NOTHING: Seen = { planned: [], exceptions: [], holds: [] }

/** A calendar to come is looked at without AWS, too: then it says what is not in it. */
async function plannedWithin(
  { from, to }: Asked,
  config: Config,
  schedule: string | undefined,
  current: CachedRead<Readings>,
): Promise<Seen | { unseen: string }> {
  try {
    const { planned, exceptions, holds } = await current.read()
    const runs = plannedRunsOf(planned, config)
    return { planned: plannedOccurrences(runs, config, { from, to }, schedule), exceptions, holds }
  } catch (error) {
    if (error instanceof CannotDo) return { unseen: error.message }
    throw error
  }
}

type Asked = ReturnType<typeof calendarAsked>

/** What a query means. Throws CannotDo, HttpError. */
export function calendarAsked({ view, date, timezone, schedule }: CalendarQuery, all: Entry[], now: number) {
  const entries = askedFor(all, schedule)
  const zone = timezone === undefined ? (timezonesOf(entries)[0] ?? 'UTC') : knownTimezone(timezone)
  const day = date === undefined ? dayAt(now, zone) : dayIn(date)
  if (day === undefined) throw new HttpError(400, `${date} is no day`, 'write YYYY-MM-DD, from 1970 to 2199')
  const { days, ...titles } = calendarView(view, day, zone)
  const [from, to] = [days[0]?.from ?? 0, days.at(-1)?.to ?? 0]
  return { ...{ view, timezone: zone, entries, days, titles, from, to }, one: schedule !== undefined }
}

/** Pure: the same makes the same. `now`: epoch ms. */
export function calendarAnswer(
  asked: Asked,
  config: Config,
  records: Records,
  { planned, exceptions, holds }: Seen,
  now: number,
): CalendarAnswer {
  const { view, timezone, entries, days, titles, from, to, one } = asked
  const slots = slotsOf({ view, timezone, days, entries, records, planned, exceptions, holds, now })
  // One schedule's calendar has the freezes that it keeps.
  const freezes = one ? (entries[0]?.freezes ?? []) : config.freezes
  const zones = timezonesOf(entries)
  return {
    ...titles,
    ...{ timezone, now, from, to },
    days: days.map((day, index) => ({
      ...day,
      today: now >= day.from && now < day.to,
      slots: slots[index] ?? [],
      freezes: freezesIn(freezes, day.from, day.to),
      clockChanges: clockChangesIn(timezone, zones, day.from, day.to),
    })),
  }
}
