import type { CalendarAnswer, DayAnswer, SlotAnswer } from '../../../server/api-types.ts'
import { clockText } from '../../ui/instant.tsx'
import { DayMarks, dayLabel } from './day-marks.tsx'
import { type PickSlot, Slot } from './slot.tsx'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
const DAY_SECONDS = 86_400
/** From here on a bar has room for a line under its time. */
const TALL_SECONDS = 3_600

/**
 * Seven days beside one another, by the wall clock: where clocks go forward an hour is empty, where they go back its
 * bars may lie over one another. A bar begins at its instant and is as long as its window, as far as the day goes.
 */
export function Week({ answer, pick }: { answer: CalendarAnswer; pick: PickSlot }) {
  return (
    <div class="week">
      <div class="hours" aria-hidden="true">
        {HOURS.map((hour) => (
          <span key={hour} style={{ top: `${(hour / 24) * 100}%` }}>
            {String(hour).padStart(2, '0')}:00
          </span>
        ))}
      </div>
      <ol class="days">
        {answer.days.map((day) => (
          <Day key={day.date} day={day} answer={answer} pick={pick} />
        ))}
      </ol>
    </div>
  )
}

function Day({
  day,
  answer: { timezone, now },
  pick,
}: {
  day: DayAnswer
  answer: CalendarAnswer
  pick: PickSlot
}) {
  const places = placesOf(day.slots)
  const empty = day.slots.length === 0 && day.freezes.length === 0 && day.clockChanges.length === 0
  return (
    <li
      class={`${day.today ? 'today' : ''} ${empty ? 'empty' : ''}`}
      aria-current={day.today ? 'date' : undefined}
    >
      <div class="head">
        <h3>{dayLabel(day.date)}</h3>
        <DayMarks day={day} />
      </div>
      <div class="span">
        {day.freezes.map(({ name, from, to }) => (
          <div key={name + from} class="freeze" aria-hidden="true" style={extent(from, to, day, timezone)} />
        ))}
        {day.clockChanges.map(({ at }) => (
          <div
            key={at}
            class="change-line"
            aria-hidden="true"
            style={{ top: percent(secondsOfDay(at, timezone)) }}
          />
        ))}
        {now >= day.from && now < day.to && (
          <div class="now-line" aria-hidden="true" style={{ top: percent(secondsOfDay(now, timezone)) }} />
        )}
        {day.slots.map((slot, index) => {
          const top = secondsOfDay(slot.at, timezone)
          const { lane, across } = places[index] ?? { lane: 0, across: 1 }
          const style = {
            '--top': percent(top),
            '--height': percent(Math.min(slot.windowSeconds, DAY_SECONDS - top)),
            '--left': `${(lane / across) * 100}%`,
            '--width': `${100 / across}%`,
          }
          return (
            <Slot
              key={slot.schedule + slot.at}
              slot={slot}
              pick={() => pick(slot, day)}
              style={style}
              tall={slot.windowSeconds >= TALL_SECONDS}
            />
          )
        })}
      </div>
    </li>
  )
}

function secondsOfDay(at: number, timezone: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = clockText(at, timezone).split(':').map(Number)
  return hours * 3_600 + minutes * 60 + seconds
}

function percent(seconds: number): string {
  return `${(seconds / DAY_SECONDS) * 100}%`
}

function extent(from: number, to: number, day: DayAnswer, timezone: string) {
  const top = from <= day.from ? 0 : secondsOfDay(from, timezone)
  const bottom = to >= day.to ? DAY_SECONDS : secondsOfDay(to, timezone)
  return { top: percent(top), height: percent(bottom - top) }
}

/** A bar is as high as a line of text at least: half an hour. */
const LEAST_MS = 30 * 60_000

type Place = { lane: number; across: number }

/**
 * Where each slot of a day stands beside others, so that none lies over another: those that overlap, one through the
 * next, share the day's width.
 */
function placesOf(slots: SlotAnswer[]): Place[] {
  let [ends, group]: [number[], Place[]] = [[], []]
  return slots.map(({ at, windowSeconds }) => {
    if (ends.every((end) => end <= at)) [ends, group] = [[], []]
    const free = ends.findIndex((end) => end <= at)
    const lane = free < 0 ? ends.length : free
    ends[lane] = at + Math.max(windowSeconds * 1_000, LEAST_MS)
    const place = { lane, across: ends.length }
    group.push(place)
    for (const it of group) it.across = ends.length
    return place
  })
}
