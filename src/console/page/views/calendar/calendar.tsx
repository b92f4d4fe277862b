import { useState } from 'preact/hooks'
import type { CalendarAnswer, DayAnswer, SlotAnswer } from '../../../server/api-types.ts'
import { SlotDialog } from '../../dialogs/slot-dialog.tsx'
import { api } from '../../lib/api.ts'
import { useApp } from '../../lib/context.ts'
import { type Route, setParams } from '../../lib/route.ts'
import { useQuery } from '../../lib/use-query.ts'
import { Choice } from '../../ui/choice.tsx'
import { QueryResult } from '../../ui/loading-and-errors.tsx'
import { Month } from './month.tsx'
import type { PickSlot } from './slot.tsx'
import { Week } from './week.tsx'

/** Occurrences of a month or a week by the chosen clock, with what stops them and what became of them. */
export function CalendarView({ route }: { route: Route }) {
  const { stage, timezone } = useApp()
  const [picked, pick] = useState<{ slot: SlotAnswer; day: DayAnswer }>()
  const { view: shown, date, schedule } = Object.fromEntries(route.params)
  const view: 'week' | 'month' = shown === 'week' ? 'week' : 'month'
  const asked = {
    ...{ view, timezone },
    ...(date !== undefined && { date }),
    ...(schedule !== undefined && { schedule }),
  }
  const query = useQuery(api.calendar, asked, 60_000)
  const set = (changes: Record<string, string | undefined>) => setParams(changes)
  const onPick: PickSlot = (slot, day) => pick({ slot, day })
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
        <Choice
          label={<span class="label">Schedule</span>}
          value={schedule ?? ''}
          options={[
            ['', 'all that are enabled'],
            ...stage.schedules.map(({ name }): [string, string] => [name, name]),
          ]}
          choose={(name) => set({ schedule: name || undefined })}
        />
      </div>
      {/* Turning a page keeps the old one, dimmed, until the new one is there. */}
      <QueryResult query={{ ...query, answer: query.answer ?? query.before }} what="the calendar">
        {(answer) => (
          <section aria-labelledby="span" aria-busy={query.answer === undefined}>
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
              <p class="warn">Planned runs, skips and holds are not shown: {answer.plannedUnseen}</p>
            )}
          </section>
        )}
      </QueryResult>
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
        <s>03:00</s> stopped by a freeze, a hold, or a person who skips it
      </li>
      <li>
        <span class="chip change">clocks go back</span> daylight saving
      </li>
      <li>a mark at the end: how it went</li>
      <li>in a week, a bar is as long as the window</li>
    </ul>
  )
}
