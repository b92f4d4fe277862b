import { createHash } from 'node:crypto'
import ical, {
  ICalCalendarMethod,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import { wordsOf } from '../calendar/describe.ts'
import { formatLocal } from '../calendar/format.ts'
import { type Freeze, intervalsOf } from '../calendar/freezes.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { iso } from '../model/time.ts'
import { isStopped, type Occurrence } from '../operate/occurrences.ts'

type Feed = {
  stage: string
  occurrences: Occurrence[]
  freezes: Freeze[]
  from: number
  to: number
  now: number
}

/**
 * An iCalendar (RFC 5545) of the occurrences, an event each from the scheduled instant to the end of its window, and of
 * the freezes. Times are UTC instants: no reader's idea of a zone can move them. UIDs depend on stage, schedule and
 * instant alone, so that a newer file updates the events of an older. An occurrence that does not run then is cancelled.
 */
export function icsOf({ stage, occurrences, freezes, from, to, now }: Feed): string {
  const calendar = ical({
    name: `Secret rotations (${stage})`,
    prodId: { company: 'Tourbillon', product: 'Tourbillon', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
  })
  const events = [
    ...occurrences.map((one) => occurrenceEvent(one, stage)),
    ...freezes.flatMap((freeze) => freezeEvents(freeze, stage, from, to)),
  ]
  for (const event of events)
    calendar.createEvent({
      ...event,
      stamp: new Date(now),
      transparency: ICalEventTransparency.TRANSPARENT,
    })
  return calendar.toString().replace(/\r?\n/g, '\r\n')
}

function occurrenceEvent(one: Occurrence, stage: string): ICalEventData {
  const { entry, at, frozen, skipped, note, planned } = one
  const local = formatLocal(at, wallClock(entry.timezone).offsetAt(at))
  const what = skipped?.movedTo ? 'Moved' : skipped ? 'Skipped' : frozen ? 'Frozen' : 'Rotate'
  return {
    id: planned ? uid(stage, 'planned', planned.id) : uid(stage, 'occurrence', entry.name ?? '', iso(at)),
    start: new Date(at),
    end: new Date(at + entry.windowSeconds * 1000),
    summary: `${what}: ${entry.name}`,
    description: [
      `${local} ${entry.timezone}`,
      planned ? entry.when : `${wordsOf(entry.when)} — ${entry.when}`,
      ...(note === null ? [] : [note]),
      ...entry.secrets,
    ].join('\n'),
    status: isStopped(one) ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  }
}

function freezeEvents(freeze: Freeze, stage: string, from: number, to: number): ICalEventData[] {
  const clock = wallClock(freeze.timezone)
  // Whole days are dates, in every reader's own zone; their end is exclusive in iCalendar too.
  const allDay = !/\d[T ]\d/.test(freeze.from) && !/\d[T ]\d/.test(freeze.to)
  const shown = (at: number) => new Date(allDay ? at + clock.offsetAt(at) : at)
  const clockText = `No rotations, by the clock of ${freeze.timezone}`
  return intervalsOf(freeze, from, to).map((interval) => ({
    id: uid(stage, 'freeze', freeze.name, iso(interval.from)),
    start: shown(interval.from),
    end: shown(interval.to),
    allDay,
    summary: `Freeze: ${freeze.name}`,
    description: [freeze.reason, clockText].filter(Boolean).join('\n'),
  }))
}

function uid(...parts: string[]): string {
  const hash = createHash('sha256').update(parts.join('\n')).digest('hex')
  return `${hash.slice(0, 32)}@tourbillon`
}
