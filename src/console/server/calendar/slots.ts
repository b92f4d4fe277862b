import { formatTime } from '../../../calendar/format.ts'
import { wallClock } from '../../../calendar/wall-clock.ts'
import type { Status } from '../../../model/rotation.ts'
import { HOUR, iso } from '../../../model/time.ts'
import { type Entry, type Occurrence, occurrencesOf } from '../../../operate/occurrences.ts'
import type { SlotAnswer } from '../api-types.ts'
import type { LedgerRow } from '../ledger-cache.ts'
import type { ViewDay } from './view.ts'

/** What the ledger has of one occurrence. */
type Recorded = {
  schedule: string
  at: number
  versions: Set<string>
  outcomes: Partial<Record<Status, number>>
}

export type Records = Map<string, Recorded>

/** How the rotations of each occurrence ended; what was asked for on demand, or done by others, belongs to none. */
export function addRecords(records: Records, rotations: LedgerRow[]): void {
  for (const { schedule, scheduledAt, trigger, status, configVersion } of rotations) {
    if (trigger !== 'SCHEDULE' && trigger !== 'CATCH_UP') continue
    const key = keyOf(schedule, scheduledAt)
    const known = records.get(key) ?? {
      ...{ schedule, at: Date.parse(scheduledAt), versions: new Set(), outcomes: {} },
    }
    known.versions.add(configVersion)
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
  /** Epoch ms. */
  now: number
}

/** Each day's slots, in time order: one a schedule in a month, one a schedule and hour in a week. */
export function slotsOf({ view, timezone, days, entries, records, planned, now }: Input): SlotAnswer[][] {
  const clock = wallClock(timezone)
  const range = { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 }
  const slots = days.map(() => new Map<string, SlotAnswer>())

  function slotAt(schedule: string, at: number, windowSeconds: number, kind = ''): SlotAnswer | undefined {
    const index = days.findIndex(({ from, to }) => at >= from && at < to)
    const local = at + clock.offsetAt(at)
    // An hour that clocks repeat is two.
    const hour = view === 'week' ? `${Math.floor(local / HOUR)} ${local - at}` : ''
    const key = keyOf(schedule, hour, kind)
    const known = slots[index]?.get(key)
    if (known) {
      if (at < known.at) Object.assign(known, { at, local: formatTime(local) })
      return known
    }
    const slot = { schedule, at, local: formatTime(local), count: 0, windowSeconds, frozen: 0, notes: [] }
    slots[index]?.set(key, slot)
    return slots[index]?.get(key)
  }

  const unclaimed = new Map(records)
  for (const entry of entries) {
    const schedule = entry.name ?? ''
    const all = { ...range, count: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY }
    for (const { at, frozen, note } of occurrencesOf([entry], all)) {
      const slot = slotAt(schedule, at, entry.windowSeconds)
      if (!slot) continue
      slot.count++
      if (frozen) {
        slot.frozen++
        slot.frozenBy ??= frozen.name
      }
      if (note !== null && !slot.notes.includes(note)) slot.notes.push(note)
      const key = keyOf(schedule, iso(at))
      addOutcomes(slot, at, unclaimed.get(key)?.outcomes, now)
      unclaimed.delete(key)
    }
  }
  for (const { entry, at, frozen, note, planned: run } of planned) {
    const slot = slotAt(entry.name ?? '', at, entry.windowSeconds, 'planned')
    if (!slot || !run) continue
    slot.count++
    slot.planned = [...(slot.planned ?? []), run.id]
    if (frozen) {
      slot.frozen++
      slot.frozenBy ??= frozen.name
    }
    if (note !== null) slot.notes.push(note)
  }
  // What ran when the config was another one happened all the same.
  for (const { schedule, at, versions, outcomes } of unclaimed.values()) {
    const slot = slotAt(schedule, at, entries.find(({ name }) => name === schedule)?.windowSeconds ?? 0)
    if (!slot) continue
    slot.count++
    const note = `ran under config ${[...versions].join(', ')}; not due by this one`
    if (!slot.notes.includes(note)) slot.notes.push(note)
    addOutcomes(slot, at, outcomes, now)
  }
  return slots.map((ofDay) =>
    [...ofDay.values()].sort((a, b) => a.at - b.at || (a.schedule < b.schedule ? -1 : 1)),
  )
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
