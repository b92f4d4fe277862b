import { useState } from 'preact/hooks'
import type { CalendarAnswer, CalendarQuery, DayAnswer, SlotAnswer } from '../server/answers.ts'
import { useShared } from './context.ts'
import { Month } from './month.tsx'
import { type Route, setParams } from './route.ts'
import { SlotDialog } from './slot-dialog.tsx'
import { Shown } from './states.tsx'
import { useAnswer } from './use-answer.ts'
import { Week } from './week.tsx'

export type Pick = (slot: SlotAnswer, day: DayAnswer) => void

/** Occurrences of a month or a week by the chosen clock, with what stops them and what became of them. */
export function CalendarView({ route }: { route: Route }) {
  const { stage, timezone } = useShared()
  const [picked, pick] = useState<{ slot: SlotAnswer; day: DayAnswer }>()
  const { view: asked, date, schedule } = Object.fromEntries(route.params)
  const view = asked === 'week' ? 'week' : 'month'
  const query: CalendarQuery = {
    ...{ view, timezone },
    ...(date !== undefined && { date }),
    ...(schedule !== undefined && { schedule }),
  }
  const loaded = useAnswer('/api/calendar', query, 60_000)
  const set = (changes: Record<string, string | undefined>) => setParams(route, changes)
  const onPick: Pick = (slot, day) => pick({ slot, day })
  return (
    <>
      <div class="tools">
        <fieldset class="either">
          <legend class="unseen">Show</legend>
          {(['month', 'week'] as const).map((it) => (
            <button type="button" key={it} aria-pressed={view === it} onClick={() => set({ view: it })}>
              {it === 'month' ? 'Month' : 'Week'}
            </button>
          ))}
        </fieldset>
        <label>
          <span class="label">Schedule</span>
          <select
            value={schedule ?? ''}
            onChange={(event) => set({ schedule: event.currentTarget.value || undefined })}
          >
            <option value="">all that are enabled</option>
            {stage.schedules.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {/* Turning a page keeps the old one, dimmed, until the new one is there. */}
      <Shown loaded={{ ...loaded, answer: loaded.answer ?? loaded.before }} what="the calendar">
        {(answer) => (
          <section aria-labelledby="span" aria-busy={loaded.answer === undefined}>
            <div class="tools">
              <h2 id="span" aria-live="polite">
                {answer.title} <span class="zone">{answer.timezone}</span>
              </h2>
              <Turn answer={answer} set={set} view={view} />
            </div>
            {view === 'month' ? (
              <Month answer={answer} pick={onPick} />
            ) : (
              <Week answer={answer} pick={onPick} />
            )}
            <Legend />
            {answer.plannedUnseen !== undefined && (
              <p class="warn">Planned runs are not shown: {answer.plannedUnseen}</p>
            )}
          </section>
        )}
      </Shown>
      {picked && <SlotDialog {...picked} close={() => pick(undefined)} />}
    </>
  )
}

function Turn({
  answer,
  set,
  view,
}: {
  answer: CalendarAnswer
  set: (changes: Record<string, string | undefined>) => void
  view: string
}) {
  return (
    <div class="turn">
      <button type="button" onClick={() => set({ date: answer.previous })}>
        ‹ <span class="unseen">The {view} before</span>
      </button>
      <button type="button" onClick={() => set({ date: undefined })}>
        Today
      </button>
      <button type="button" onClick={() => set({ date: answer.next })}>
        <span class="unseen">The {view} after</span> ›
      </button>
    </div>
  )
}

function Legend() {
  return (
    <ul class="legend">
      <li>
        <span class="chip freeze-chip">freeze</span> nothing rotates
      </li>
      <li>
        <s>03:00</s> stopped by a freeze
      </li>
      <li>
        <span class="chip change">clocks go back</span> daylight saving
      </li>
      <li>a mark at the end: how it went</li>
      <li>in a week, a bar is as long as the window</li>
    </ul>
  )
}
