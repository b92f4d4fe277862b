import type { NowAnswer } from '../answers.ts'
import { useClock } from './clock.ts'
import { useShared } from './context.ts'
import { Dial } from './dial.tsx'
import { Attention } from './now-attention.tsx'
import { Frozen, Held } from './now-stopped.tsx'
import { UnderWay } from './now-under-way.tsx'
import { RotationList } from './rotation-list.tsx'
import { Nothing, Shown } from './states.tsx'
import { countdownText, Instant } from './time.tsx'
import { useAnswer } from './use-answer.ts'

const EVERY = 1_000

/** What comes next, what is under way, and what somebody has to look at: up to date by itself. */
export function NowView() {
  const loaded = useAnswer('/api/now', {}, EVERY)
  return (
    <Shown loaded={loaded} what="the ledger">
      {(now) => (
        <>
          <Order now={now} />
          <div class="columns">
            <div>
              {/* Where there is something under way, it is what people look for. */}
              {now.underWay.length > 0 && <UnderWay now={now} />}
              <Upcoming next={now.next} />
              {now.underWay.length === 0 && <UnderWay now={now} />}
              <Recent settled={now.settled} />
            </div>
            <div>
              <Attention now={now} />
              <Held holds={now.holds} />
              <Frozen freezes={now.freezes} />
            </div>
          </div>
        </>
      )}
    </Shown>
  )
}

function Order({ now }: { now: NowAnswer }) {
  const waiting = now.approvals.length
  return (
    <p class={`order ${now.inOrder ? 'good' : 'bad'}`}>
      {now.inOrder ? 'In order: nobody has to do anything' : 'Something needs a person'}
      {now.inOrder &&
        waiting > 0 &&
        `, but for ${waiting === 1 ? 'a wave that waits' : `${waiting} waves that wait`} for a go-ahead`}
    </p>
  )
}

function Upcoming({ next }: Pick<NowAnswer, 'next'>) {
  const clock = useClock()
  const { timezone, ask } = useShared()
  const coming = next.filter(({ at }) => at > clock)
  const starting = coming.find(({ frozen, held }) => frozen === undefined && held.length === 0) ?? coming[0]
  if (!starting) {
    return (
      <section>
        <h2>Next</h2>
        <Nothing>No schedule has an occurrence to come.</Nothing>
      </section>
    )
  }
  return (
    <section aria-labelledby="next">
      <h2 id="next">Next</h2>
      <div class="hero">
        <Dial leftMs={starting.at - clock} />
        <div>
          <h3>{starting.schedule}</h3>
          <p>
            <Instant at={starting.at} timezone={starting.timezone} />
          </p>
          {timezone !== starting.timezone && (
            <p class="quiet">
              <Instant at={starting.at} timezone={timezone} />
            </p>
          )}
          <p class="quiet">{starting.secrets.join(', ') || 'secrets that its selector chooses'}</p>
          <p class="actions">
            <button type="button" onClick={() => ask({ what: 'run', schedule: starting.schedule })}>
              Rotate now…<span class="unseen"> {starting.schedule}</span>
            </button>
            <button
              type="button"
              onClick={() => ask({ what: 'hold', scope: `schedule/${starting.schedule}` })}
            >
              Hold it…<span class="unseen"> {starting.schedule}</span>
            </button>
          </p>
        </div>
      </div>
      <ol class="upcoming">
        {coming
          .filter((it) => it !== starting)
          .map(({ schedule, at, timezone: own, frozen, held }) => (
            <li key={schedule + at}>
              <span class="name">{schedule}</span>
              <Instant at={at} timezone={own} />
              <span class="in">in {countdownText(at - clock)}</span>
              {frozen !== undefined && <span class="chip warn">frozen by {frozen}</span>}
              {held.length > 0 && <span class="chip bad">held</span>}
            </li>
          ))}
      </ol>
    </section>
  )
}

function Recent({ settled }: Pick<NowAnswer, 'settled'>) {
  return (
    <section aria-labelledby="recent">
      <h2 id="recent">Ended in the last 24 hours</h2>
      {settled.length === 0 ? (
        <Nothing>Nothing ended in the last 24 hours.</Nothing>
      ) : (
        <RotationList rotations={settled.slice(0, 12)} />
      )}
      {settled.length > 12 && <a href="#/history?days=2">All {settled.length}, in History</a>}
    </section>
  )
}
