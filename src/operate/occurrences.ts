import { calendarOf, compile } from '../calendar/calendar.ts'
import { affectedBy, formatTimes } from '../calendar/clock-changes.ts'
import { parseCron } from '../calendar/cron.ts'
import { type Calendar, expressionKind } from '../calendar/expression.ts'
import { formatTime } from '../calendar/format.ts'
import { type Freeze, freezesKept, frozenBy } from '../calendar/freezes.ts'
import { isTimezone } from '../calendar/timezone.ts'
import { timezoneHint } from '../calendar/timezone-hint.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { elsewhere, goesByZone, isBeyond, OURS, RUNTIME } from '../calendar/zone-difference.ts'
import { type Canary, canaryIn } from '../config/canary.ts'
import type { Config } from '../config/config.ts'
import { oneOf } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { arrivalOf, type Exception, exceptionText, isMoved } from '../model/exception.ts'
import { oneLine } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'

/** What has occurrences: a schedule of the config, or an expression asked about on the command line. */
export type Entry = {
  name: string | null
  when: string
  timezone: string
  secrets: string[]
  windowSeconds: number
  calendar: Calendar
  /** Without those the schedule ignores. */
  freezes: Freeze[]
  enabled: boolean
  /** Who goes first in its waves, and in words. */
  canary?: Canary | undefined
}

export type Occurrence = {
  entry: Pick<Entry, 'name' | 'when' | 'timezone' | 'secrets' | 'windowSeconds' | 'canary'>
  at: number
  frozen: Freeze | undefined
  note: string | null
  /** Why it does not run at this instant, where a person said so. */
  skipped?: Exception
  /** Of a run that is planned, on demand or as an occurrence that was moved: who asked, why, and what it is cancelled by. */
  planned?: { id: string; by: string | null; reason: string | null; movedFrom?: string; started?: true }
}

/**
 * Epoch ms; `from` inclusive, `to` exclusive. `count`: of all, not more than that. `most` of one entry: more than anyone
 * reads, so that the answer is to ask for a shorter interval; default 20,000.
 */
export type Range = { from: number; to: number; count: number; most?: number }

const MOST = 20_000

export function entriesOf(config: Config): Entry[] {
  return config.schedules.map((schedule) => {
    const { name, when, timezone, secrets, windowSeconds, enabled } = schedule
    const calendar = calendarOf(schedule)
    const freezes = freezesKept(config.freezes, schedule)
    const canary = canaryIn(schedule)
    return {
      name,
      when,
      timezone,
      secrets,
      windowSeconds,
      calendar,
      freezes,
      enabled,
      ...(canary && { canary }),
    }
  })
}

/** An expression by itself, as an entry. `start`: of a rate(), epoch ms. Throws CannotDo (zone), ExpressionError (expression). */
export function entryOf(when: string, timezone: string, start: number | undefined): Entry {
  knownTimezone(timezone)
  const calendar = compile(when, timezone, start === undefined ? {} : { start })
  return { name: null, when, timezone, secrets: [], windowSeconds: 0, calendar, freezes: [], enabled: true }
}

/** The entry of this name; without one, those that are enabled. Throws CannotDo where there is none. */
export function askedFor(entries: Entry[], schedule: unknown): Entry[] {
  if (schedule === undefined) return entries.filter(({ enabled }) => enabled)
  const asked = entries.filter(({ name }) => name === schedule)
  if (asked.length > 0) return asked
  throw noSchedule(
    String(schedule),
    entries.flatMap(({ name }) => name ?? []),
  )
}

/** `known`: those that there are. */
export function noSchedule(name: string, known: string[]): CannotDo {
  return new CannotDo(`no schedule "${oneLine(name)}"`, { hint: oneOf(name, known) })
}

/** Throws CannotDo where there is no such zone. */
export function knownTimezone(timezone: string): string {
  if (isTimezone(timezone)) return timezone
  throw new CannotDo(`unknown time zone "${timezone}"`, { hint: timezoneHint(timezone) })
}

/** Each zone once, the one that most share first (the first of equals). */
export function timezonesOf(entries: { timezone: string }[]): string[] {
  const counts = new Map<string, number>()
  for (const { timezone } of entries) counts.set(timezone, (counts.get(timezone) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a).map(([timezone]) => timezone)
}

/** The first occurrences of all entries in the interval, frozen ones too, in time order. Throws CannotDo. */
export function occurrencesOf(entries: Entry[], range: Range): Occurrence[] {
  const found = entries.flatMap((entry) => occurrencesOfOne(entry, range))
  return found.sort((a, b) => a.at - b.at).slice(0, range.count)
}

/** The same, with what people have skipped marked. */
export function withExceptions(found: Occurrence[], exceptions: Exception[]): Occurrence[] {
  const keyOf = (schedule: string | null, at: number) => `${schedule}#${at}`
  // Where another is moved to, none of the schedule's own rotates.
  const all = [...exceptions.filter(isMoved).map(arrivalOf), ...exceptions]
  const by = new Map(all.map((it) => [keyOf(it.schedule, Date.parse(it.scheduledAt)), it]))
  return found.map((one) => {
    const skipped = one.planned ? undefined : by.get(keyOf(one.entry.name, one.at))
    if (skipped === undefined) return one
    const note = [`${exceptionText(skipped)} (${skipped.id})`, one.note].filter(Boolean).join('; ')
    return { ...one, skipped, note }
  })
}

/** Whether it does not run at its instant. */
export function isStopped({ frozen, skipped }: Pick<Occurrence, 'frozen' | 'skipped'>): boolean {
  return frozen !== undefined || skipped !== undefined
}

function occurrencesOfOne(entry: Entry, { from, to, count, most = MOST }: Range): Occurrence[] {
  const found: Occurrence[] = []
  for (const at of entry.calendar.between(from, to)) {
    if (found.length === count) break
    if (found.length === most)
      throw new CannotDo(`more than ${most} occurrences of ${entry.name ?? entry.when}`, {
        hint: 'ask for a shorter interval, or add --count',
      })
    found.push({ entry, at, frozen: frozenBy(entry.freezes, at), note: null })
  }
  const clockNotes = notesOfClocks(entry, from, found)
  return found.map((one) => {
    const freeze =
      one.frozen && `frozen by ${one.frozen.name}${one.frozen.reason ? `: ${one.frozen.reason}` : ''}`
    const notes = [
      entry.enabled ? undefined : 'disabled: does not run',
      freeze,
      ...(clockNotes.get(one.at) ?? []),
      ...noteOfZone(entry, one.at),
    ]
    return { ...one, note: notes.filter((note) => note !== undefined).join('; ') || null }
  })
}

/** What clock changes do, told at the doubled occurrence itself and at the first one after a skipped. */
function notesOfClocks(entry: Entry, from: number, found: Occurrence[]): Map<number, string[]> {
  const notes = new Map<number, string[]>()
  const last = found.at(-1)
  if (last === undefined || expressionKind(entry.when) !== 'cron') return notes
  // A doubled local time comes before the change that repeats it, by a day at most.
  const add = (at: number, note: string) => notes.set(at, [...(notes.get(at) ?? []), note])
  for (const { kind, change, times } of affectedBy(
    parseCron(entry.when),
    wallClock(entry.timezone),
    from,
    last.at + DAY,
  )) {
    const next = found.find(({ at }) => at >= change.instant)
    if (kind === 'skipped' && next !== undefined) add(next.at, `clocks skip ${formatTimes(times)}: none then`)
    if (kind === 'doubled')
      for (const time of times)
        add(time - change.before, `clocks show ${formatTime(time)} twice: this is the first`)
  }
  return notes
}

/** Which zone data say so, where others say otherwise, or ours say nothing. */
function noteOfZone({ when, timezone }: Entry, at: number): string[] {
  if (!goesByZone({ when, timezone })) return []
  if (isBeyond(at)) return [`beyond our zone data, by this Node’s ${RUNTIME.release}`]
  const there = elsewhere(timezone, at)
  if (there === at) return []
  const other = there === undefined ? 'none' : iso(there).replace(/:00\.000Z$/, 'Z')
  return [`by zone data ${OURS.release}; by this Node’s ${RUNTIME.release} ${other}`]
}
