import type { CalendarAnswer } from '../../../server/api-types.ts'
import { DayMarks, dayLabel } from './day-marks.tsx'
import { type PickSlot, Slot } from './slot.tsx'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const MOST = 5

/** A grid of days; where the page is narrow, a list of those that have something. */
export function Month({ answer: { days }, pick }: { answer: CalendarAnswer; pick: PickSlot }) {
  return (
    <div class="month">
      <div class="weekdays" aria-hidden="true">
        {WEEKDAYS.map((name) => (
          <span key={name}>{name}</span>
        ))}
      </div>
      <ol class="days">
        {days.map((day) => {
          const empty = day.slots.length === 0 && day.freezes.length === 0 && day.clockChanges.length === 0
          const kinds = [
            day.outside && 'outside',
            day.today && 'today',
            day.freezes.length > 0 && 'frozen',
            empty && 'empty',
          ]
          return (
            <li
              key={day.date}
              class={kinds.filter(Boolean).join(' ')}
              aria-current={day.today ? 'date' : undefined}
            >
              <h3>
                <span class="unseen">{dayLabel(day.date)}</span>
                <span aria-hidden="true" class="number">
                  {Number(day.date.slice(8))}
                </span>
                <span aria-hidden="true" class="weekday">
                  {dayLabel(day.date)}
                </span>
              </h3>
              <DayMarks day={day} />
              {day.slots.slice(0, day.slots.length > MOST ? MOST - 1 : MOST).map((slot) => (
                <Slot key={slot.schedule} slot={slot} pick={() => pick(slot, day)} />
              ))}
              {day.slots.length > MOST && (
                <a class="more" href={`#/calendar?view=week&date=${day.date}`}>
                  {day.slots.length - MOST + 1} more
                  <span class="unseen"> on {dayLabel(day.date)}, by week</span>
                </a>
              )}
            </li>
          )
        })}
      </ol>
    </div>
  )
}
