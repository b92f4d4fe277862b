import { formatDuration } from '../../../calendar/format.ts'
import type { DayAnswer, SlotAnswer } from '../../server/api-types.ts'
import { type Action, useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { Fact } from '../ui/fact.tsx'
import { Instant } from '../ui/instant.tsx'
import { outcomesText } from '../views/calendar/slot.tsx'
import { Dialog } from './dialog.tsx'

/** Everything there is to know about one line of the calendar. */
export function SlotDialog({ slot, day, close }: { slot: SlotAnswer; day: DayAnswer; close: () => void }) {
  const { stage, timezone, clockOffset, openDialog } = useApp()
  const { schedule, at, count, windowSeconds, frozen, frozenBy, notes, outcomes, takeBack = [] } = slot
  const isToCome = at > Date.now() + clockOffset
  const instead = (action: Action) => {
    close()
    openDialog(action)
  }
  const known = stage.schedules.find(({ name }) => name === schedule)
  return (
    <Dialog title={schedule} close={close}>
      <dl class="facts">
        <Fact name={count > 1 ? 'First' : 'Instant'}>
          <Instant at={at} timezone={timezone} />
        </Fact>
        {known && known.timezone !== timezone && (
          <Fact name="Its own clock">
            <Instant at={at} timezone={known.timezone} />
          </Fact>
        )}
        <Fact name="Occurrences">{count > 1 && count}</Fact>
        {known && (
          <Fact name="When">
            {known.words}
            <br />
            <code>{known.when}</code> {known.timezone}
          </Fact>
        )}
        <Fact name="Secrets">{known && (known.selects ?? known.secrets.join(', '))}</Fact>
        <Fact name="Window">
          {formatDuration(windowSeconds * 1_000)}: later than that, it does not start any more
        </Fact>
        <Fact name="Frozen">
          {frozen > 0 && `${frozen === count ? 'by' : `${frozen} of ${count} by`} ${frozenBy}`}
        </Fact>
        <Fact name="Note">{notes.length > 0 && notes.join('; ')}</Fact>
        {outcomes && (
          <Fact name="Outcomes">
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
          </Fact>
        )}
      </dl>
      <p class="actions">
        {isToCome && count === 1 && takeBack.length === 0 && known && (
          <>
            <button type="button" onClick={() => instead({ what: 'skip', schedule, at, timezone })}>
              Skip it…
            </button>{' '}
            <button
              type="button"
              onClick={() => instead({ what: 'move', schedule, at, timezone: known.timezone })}
            >
              Move it…
            </button>
          </>
        )}
        {isToCome &&
          takeBack.map((id) => (
            <button
              type="button"
              key={id}
              onClick={() =>
                instead({ what: 'cancel', id, of: schedule, ...(!slot.planned && { isSkip: true }) })
              }
            >
              {slot.planned ? 'Cancel' : 'Take it back'} {takeBack.length > 1 && id}…
            </button>
          ))}
      </p>
    </Dialog>
  )
}
