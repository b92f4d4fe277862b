import type { DayAnswer } from '../../../server/api-types.ts'

/** `Tue 24 Nov` of a date, whatever the zone. */
export function dayLabel(date: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  })
  return format.format(Date.parse(date)).replace(',', '')
}

/** What is special about a day: freezes, and changes of the clocks. */
export function DayMarks({ day }: { day: DayAnswer }) {
  return (
    <>
      {day.freezes.map(({ name, reason, from }) => (
        <span key={name + from} class="chip freeze-chip" title={reason}>
          <span class="unseen">freeze </span>
          {name}
        </span>
      ))}
      {day.clockChanges.map(({ at, words }) => (
        <span key={at} class="chip change" title={words}>
          {words}
        </span>
      ))}
    </>
  )
}
