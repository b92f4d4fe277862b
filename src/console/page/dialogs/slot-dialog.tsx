import { formatDuration } from '../../../calendar/format.ts'
import type { DayAnswer, SlotAnswer } from '../../server/api-types.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { Instant } from '../ui/instant.tsx'
import { outcomesText } from '../views/calendar/slot.tsx'
import { Dialog } from './dialog.tsx'

/** Everything there is to know about one line of the calendar. */
export function SlotDialog({ slot, day, close }: { slot: SlotAnswer; day: DayAnswer; close: () => void }) {
  const { stage, timezone } = useApp()
  const { schedule, at, count, windowSeconds, frozen, frozenBy, notes, outcomes } = slot
  const known = stage.schedules.find(({ name }) => name === schedule)
  return (
    <Dialog title={schedule} close={close}>
      <dl class="facts">
        <dt>{count > 1 ? 'First' : 'Instant'}</dt>
        <dd>
          <Instant at={at} timezone={timezone} />
        </dd>
        {known && known.timezone !== timezone && (
          <>
            <dt>Its own clock</dt>
            <dd>
              <Instant at={at} timezone={known.timezone} />
            </dd>
          </>
        )}
        {count > 1 && (
          <>
            <dt>Occurrences</dt>
            <dd>{count}</dd>
          </>
        )}
        {known && (
          <>
            <dt>When</dt>
            <dd>
              {known.words}
              <br />
              <code>{known.when}</code> {known.timezone}
            </dd>
            <dt>Secrets</dt>
            <dd>{known.selects ?? known.secrets.join(', ')}</dd>
          </>
        )}
        <dt>Window</dt>
        <dd>{formatDuration(windowSeconds * 1_000)}: later than that, it does not start any more</dd>
        {frozen > 0 && (
          <>
            <dt>Frozen</dt>
            <dd>
              {frozen === count ? 'by' : `${frozen} of ${count} by`} {frozenBy}
            </dd>
          </>
        )}
        {notes.length > 0 && (
          <>
            <dt>Note</dt>
            <dd>{notes.join('; ')}</dd>
          </>
        )}
        {outcomes && (
          <>
            <dt>Outcomes</dt>
            <dd>
              {outcomesText(outcomes) || 'the ledger has no record of it'}{' '}
              <a
                href={hrefOf('history', {
                  from: new Date(day.from).toISOString(),
                  to: new Date(day.to).toISOString(),
                  schedule,
                })}
              >
                in History
              </a>
            </dd>
          </>
        )}
      </dl>
    </Dialog>
  )
}
