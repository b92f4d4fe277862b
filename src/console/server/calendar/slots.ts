import { formatTime } from '../../../calendar/format.ts'
import { wallClock } from '../../../calendar/wall-clock.ts'
import type { Exception } from '../../../model/exception.ts'
import type { Hold } from '../../../model/hold.ts'
import type { Status } from '../../../model/rotation.ts'
import { HOUR, iso } from '../../../model/time.ts'
import { type Entry, type Occurrence, occurrencesOf, withExceptions } from '../../../operate/occurrences.ts'
import { holdsOver } from '../../../report/standing.ts'
import type { SlotAnswer } from '../api-types.ts'
import type { LedgerRow } from '../ledger-cache.ts'
import type { ViewDay } from './view.ts'

/** What the ledger has of one occurrence. */
type Recorded = {
  schedule: string
  at: number
  versions: Set<string>
  /** Where a person has moved it here: from which instant (ISO), and who. */
  moved?: { from: string; by: string }
  outcomes: Partial<Record<Status, number>>
}

export type Records = Map<string, Recorded>

/** How the rotations of each occurrence ended; what was asked for on demand, or done by others, belongs to none. */
export function addRecords(records: Records, rotations: LedgerRow[]): void {
  for (const { schedule, scheduledAt, trigger, status, configVersion, moved, requester } of rotations) {
    if (trigger !== 'SCHEDULE' && trigger !== 'CATCH_UP') continue
    const key = keyOf(schedule, scheduledAt)
    const known = records.get(key) ?? {
      ...{ schedule, at: Date.parse(scheduledAt), versions: new Set(), outcomes: {} },
    }
    known.versions.add(configVersion)
    if (moved) known.moved = { from: moved.from, by: requester ?? 'somebody' }
    known.outcomes[status] = (known.outcomes[status] ?? 0) + 1
    records.set(key, known)
  }
}

type Input = {
  view: 'month' | 'week'
  timezone: string
  /** One after the other, without gaps. */
  days: ViewDay[]
  entries: Entry[]
  records: Records
  planned: Occurrence[]
  exceptions: Exception[]
  holds: Hold[]
  /** Epoch ms. */
  now: number
}

/** Each day's slots, in time order: one a schedule in a month, one a schedule and hour in a week. */
export function slotsOf(input: Input): SlotAnswer[][] {
  const { days, entries, records, planned, exceptions, holds, now } = input
  const { slotAt, slots } = createSheet(input)
  const range = { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 }
  const all = { ...range, count: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY }
  const unclaimed = new Map(records)
  const trigger = 'SCHEDULE'
  const own = entries.flatMap((entry) => occurrencesOf([entry], all))
  for (const occurrence of withExceptions(own, exceptions)) {
    const { entry, at } = occurrence
    const slot = slotAt(entry, at)
    if (!slot) continue
    addOccurrence(slot, occurrence)
    if (at > now)
      addHolds(slot, holdsOver({ name: entry.name ?? '', secrets: entry.secrets, trigger }, holds, at))
    const key = keyOf(entry.name ?? '', iso(at))
    addOutcomes(slot, at, unclaimed.get(key)?.outcomes, now)
    unclaimed.delete(key)
  }
  for (const occurrence of planned) {
    const { entry, at, planned: run } = occurrence
    const slot = run && slotAt(entry, at, 'planned')
    if (!slot) continue
    addOccurrence(slot, occurrence)
    slot.planned = true
    // It may have claimed already: that is the same one.
    if (run.started) unclaimed.delete(keyOf(entry.name ?? '', iso(at)))
    else addTakeBack(slot, run.id)
  }
  // What ran when the config was another one happened all the same.
  for (const { schedule, at, versions, outcomes, moved } of unclaimed.values()) {
    const slot = slotAt(
      entries.find(({ name }) => name === schedule) ?? { name: schedule, windowSeconds: 0 },
      at,
    )
    if (!slot) continue
    const note = moved
      ? `moved from ${moved.from} by ${moved.by}`
      : `ran under config ${[...versions].join(', ')}; not due by this one`
    addOccurrence(slot, { frozen: undefined, note })
    addOutcomes(slot, at, outcomes, now)
  }
  return slots()
}

type Scheduled = Pick<Entry, 'name' | 'windowSeconds'>

/** The days with their slots, to be filled. */
function createSheet({ view, timezone, days }: Pick<Input, 'view' | 'timezone' | 'days'>) {
  const clock = wallClock(timezone)
  const sheet = days.map(() => new Map<string, SlotAnswer>())
  return {
    /** The slot that an instant of a schedule belongs to, anew where there is none; undefined: on none of the days. */
    slotAt({ name, windowSeconds }: Scheduled, at: number, kind = ''): SlotAnswer | undefined {
      const day = sheet[days.findIndex(({ from, to }) => at >= from && at < to)]
      const schedule = name ?? ''
      const local = at + clock.offsetAt(at)
      // An hour that clocks repeat is two.
      const hour = view === 'week' ? `${Math.floor(local / HOUR)} ${local - at}` : ''
      const key = keyOf(schedule, hour, kind)
      const known = day?.get(key)
      if (!known)
        day?.set(key, {
          schedule,
          at,
          local: formatTime(local),
          count: 0,
          windowSeconds,
          frozen: 0,
          notes: [],
        })
      else if (at < known.at) Object.assign(known, { at, local: formatTime(local) })
      return day?.get(key)
    },
    slots: () =>
      sheet.map((day) => [...day.values()].sort((a, b) => a.at - b.at || (a.schedule < b.schedule ? -1 : 1))),
  }
}

function addOccurrence(
  slot: SlotAnswer,
  { frozen, skipped, note }: Pick<Occurrence, 'frozen' | 'skipped' | 'note'>,
): void {
  slot.count++
  if (skipped) {
    slot.skipped = (slot.skipped ?? 0) + 1
    addTakeBack(slot, skipped.id)
  }
  if (frozen) {
    slot.frozen++
    slot.frozenBy ??= frozen.name
  }
  if (note !== null && !slot.notes.includes(note)) slot.notes.push(note)
}

function addHolds(slot: SlotAnswer, over: Hold[]): void {
  if (over.some(({ scope }) => !scope.startsWith('secret/'))) slot.held = (slot.held ?? 0) + 1
  for (const { id, kind, scope, by, reason } of over) {
    const what = scope === 'all' ? 'everything' : scope.replace('/', ' ')
    const note =
      kind === 'pause' ? `${what} paused: ${reason} (${id})` : `${what} held by ${by}: ${reason} (${id})`
    if (!slot.notes.includes(note)) slot.notes.push(note)
  }
}

function addTakeBack(slot: SlotAnswer, id: string): void {
  slot.takeBack = [...(slot.takeBack ?? []), id]
}

/** Of what is to come there may be a claim already, and else nothing is said. */
function addOutcomes(slot: SlotAnswer, at: number, outcomes: Recorded['outcomes'] | undefined, now: number) {
  if (outcomes === undefined && at > now) return
  const sums = slot.outcomes ?? {}
  for (const [status, count] of Object.entries(outcomes ?? {}) as [Status, number][])
    sums[status] = (sums[status] ?? 0) + count
  slot.outcomes = sums
}

function keyOf(...parts: string[]): string {
  return parts.join('\n')
}
