import type { NextAnswer, NowAnswer } from '../../../server/api-types.ts'
import { Countdown } from '../../charts/countdown.tsx'
import { api } from '../../lib/api.ts'
import { useApp } from '../../lib/context.ts'
import { useClock } from '../../lib/use-clock.ts'
import { useQuery } from '../../lib/use-query.ts'
import { ActionButton } from '../../ui/action-button.tsx'
import { countdownText, Instant, instantText } from '../../ui/instant.tsx'
import { Empty, QueryResult } from '../../ui/loading-and-errors.tsx'
import { RotationTable } from '../../ui/rotation-table.tsx'
import { isHeld, Stops } from '../../ui/stops.tsx'
import { Frozen, Held } from './holds-and-freezes.tsx'
import { PlannedRuns, Skips } from './planned-runs.tsx'
import { AboutAws, LeftOut } from './told-too.tsx'
import { Troubles } from './troubles.tsx'
import { UnderWay } from './under-way.tsx'

const EVERY = 1_000

/** What comes next, what is under way, and what somebody has to look at: up to date by itself. */
export function NowView() {
  const query = useQuery(api.now, {}, EVERY)
  return (
    <QueryResult query={query} what="the ledger">
      {(now) => (
        <>
          <Order now={now} readAt={query.readAt} />
          {now.troubles.length > 0 && <Troubles troubles={now.troubles} />}
          <div class="columns">
            <div>
              {/* Where there is something under way, it is what people look for. */}
              {now.underWay.length > 0 && <UnderWay now={now} />}
              <Upcoming next={now.next} />
              <PlannedRuns planned={now.planned} />
              <Skips exceptions={now.exceptions} />
              {now.underWay.length === 0 && <UnderWay now={now} />}
              <Recent settled={now.settled} />
            </div>
            <div>
              <Held holds={now.holds} />
              <Frozen freezes={now.freezes} />
              <LeftOut now={now} />
              <AboutAws aboutAws={now.aboutAws} />
            </div>
          </div>
        </>
      )}
    </QueryResult>
  )
}

/** Answers come every second: an older one says so instead of how things stand. */
const OLD_MS = 10_000

function Order({ now, readAt }: { now: NowAnswer; readAt: number }) {
  const { timezone, clockOffset } = useApp()
  const age = useClock() - clockOffset - readAt
  const waiting = now.approvals.length
  if (age > OLD_MS) {
    return (
      <p class="order warn" role="status">
        NOT UP TO DATE: this is as of {instantText(readAt + clockOffset, timezone)}
      </p>
    )
  }
  return (
    <p class={`order ${now.inOrder ? 'good' : 'bad'}`} role="status">
      {now.inOrder
        ? 'In order: nobody has to do anything'
        : `Something needs a person: ${now.news.join(', ')}`}
      {now.inOrder &&
        waiting > 0 &&
        `, but for ${waiting === 1 ? 'a wave that waits' : `${waiting} waves that wait`} for a go-ahead`}
      {now.holds.some(({ scope }) => scope === 'all') && '. Everything is held: nothing starts'}
    </p>
  )
}

function Upcoming({ next }: Pick<NowAnswer, 'next'>) {
  const clock = useClock()
  const { timezone } = useApp()
  const coming = next.filter(({ at }) => at > clock)
  const starting =
    coming.find((it) => it.frozen === undefined && it.skipped === undefined && !isHeld(it)) ?? coming[0]
  if (!starting) {
    return (
      <section>
        <h2>Next</h2>
        <Empty>No schedule has an occurrence to come.</Empty>
      </section>
    )
  }
  const { schedule } = starting
  return (
    <section aria-labelledby="next">
      <h2 id="next">Next</h2>
      <div class="hero">
        <Countdown leftMs={starting.at - clock} />
        <div>
          <h3>{schedule}</h3>
          <p>
            <Instant at={starting.at} timezone={starting.timezone} />
          </p>
          {timezone !== starting.timezone && (
            <p class="quiet">
              <Instant at={starting.at} timezone={timezone} />
            </p>
          )}
          <Stops of={starting} />
          <p class="quiet">{starting.secrets.join(', ') || 'secrets that its selector chooses'}</p>
          {/* Another occurrence's buttons are others: nobody presses them by resting where these were. */}
          <p class="actions" key={schedule + starting.at}>
            <ActionButton words="Rotate now…" of={schedule} action={{ what: 'run', schedule }} />
            <ActionButton
              words="Hold it…"
              of={schedule}
              action={{ what: 'hold', scope: `schedule/${schedule}` }}
            />
            <SkipOrMove of={starting} />
          </p>
        </div>
      </div>
      <ol class="upcoming">
        {coming
          .filter((it) => it !== starting)
          .map((it) => (
            <li key={it.schedule + it.at}>
              <span class="name">{it.schedule}</span>
              <Instant at={it.at} timezone={it.timezone} />
              <span class="in">in {countdownText(it.at - clock)}</span>
              <SkipOrMove of={it} />
              <Stops of={it} />
            </li>
          ))}
      </ol>
    </section>
  )
}

function SkipOrMove({ of: { schedule, at, timezone, skipped } }: { of: NextAnswer }) {
  if (skipped !== undefined) return null
  const which = `${schedule} of ${instantText(at, timezone)}`
  const about = { schedule, at, timezone }
  return (
    <>
      <ActionButton words="Skip…" of={which} action={{ what: 'skip', ...about }} />
      <ActionButton words="Move…" of={which} action={{ what: 'move', ...about }} />
    </>
  )
}

function Recent({ settled }: Pick<NowAnswer, 'settled'>) {
  return (
    <section aria-labelledby="recent">
      <h2 id="recent">Ended in the last 24 hours</h2>
      {settled.length === 0 ? (
        <Empty>Nothing ended in the last 24 hours.</Empty>
      ) : (
        <RotationTable rotations={settled.slice(0, 12)} />
      )}
      {settled.length > 12 && <a href="#/history?days=2">All {settled.length}, in History</a>}
    </section>
  )
}
