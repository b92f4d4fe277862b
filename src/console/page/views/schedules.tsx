import { formatDuration } from '../../../calendar/format.ts'
import type { Plan } from '../../../operate/plan.ts'
import type { Planned } from '../../../schedules/plan.ts'
import type { NowAnswer, ScheduleAnswer } from '../../server/api-types.ts'
import { api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { useQuery } from '../lib/use-query.ts'
import { About } from '../ui/about.tsx'
import { ActionButton } from '../ui/action-button.tsx'
import { Instant } from '../ui/instant.tsx'
import { Empty, ErrorAlert, Loading } from '../ui/loading-and-errors.tsx'
import { Stops } from '../ui/stops.tsx'
import { hueOf } from './calendar/slot.tsx'
import { PlannedRuns } from './now/planned-runs.tsx'

/** Every schedule of the config, and how it stands in EventBridge Scheduler. */
export function SchedulesView() {
  const { stage, timezone, clockOffset } = useApp()
  const { answer, error, retry, readAt, loading } = useQuery(api.live, {})
  const { answer: now } = useQuery(api.now, {})
  return (
    <>
      {error && <ErrorAlert error={error} retry={retry} />}
      {!answer && !error && <Loading what="the live schedules" />}
      {answer && <Compared answer={answer} />}
      {answer && (
        <p class="actions quiet">
          Read <Instant at={readAt + clockOffset} timezone={timezone} />
          <button type="button" onClick={retry} aria-busy={loading}>
            Read again
          </button>
        </p>
      )}
      {stage.schedules.length === 0 && <Empty>{stage.file} has no schedules.</Empty>}
      <ul class="schedules">
        {stage.schedules.map((schedule) => (
          <Schedule key={schedule.name} schedule={schedule} live={answer?.planned} now={now} />
        ))}
      </ul>
      {now && <PlannedRuns planned={now.planned} />}
    </>
  )
}

const WORDS: Record<Planned['kind'], string> = {
  create: 'a deploy would create it',
  update: 'a deploy would change it',
  delete: 'not in this config: a deploy would delete it',
  unchanged: 'live, as configured',
  foreign: 'in our group, not made by Tourbillon: left alone',
}

function Compared({ answer: { group, configVersion, liveVersions, planned } }: { answer: Plan }) {
  const { stage } = useApp()
  const names = new Set(stage.schedules.map(({ name }) => name))
  const others = planned.filter(({ kind }) => kind === 'delete' || kind === 'foreign')
  const differing = planned.filter(({ kind }) => kind !== 'unchanged').length
  return (
    <>
      <p class={`order ${differing === 0 ? 'good' : 'warn'}`}>
        {differing === 0
          ? `Group ${group}: the live schedules are as configured`
          : `Group ${group}: ${differing} of ${planned.length} schedules differ from the config`}
      </p>
      <p class="quiet">
        Here it is config {configVersion}; deployed: {liveVersions.join(', ') || 'none'}.
      </p>
      {others.length > 0 && (
        <ul class="cards">
          {others.map(({ name, kind }) => (
            <li key={name} class="card warn">
              <b>{name}</b> {names.has(name) ? '' : WORDS[kind]}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Schedule({
  schedule,
  live,
  now,
}: {
  schedule: ScheduleAnswer
  live: Planned[] | undefined
  now: NowAnswer | undefined
}) {
  const next = now?.next.find((it) => it.schedule === schedule.name)
  const { stage } = useApp()
  const { name, words, when, timezone, secrets, selects, place, precision, enabled } = schedule
  const own = live?.find((it) => it.name === name)
  return (
    <li class="card" style={hueOf(name, stage.schedules)}>
      <h2>
        <span class="swatch" aria-hidden="true" /> {name}{' '}
        {!enabled && <span class="chip quiet">disabled</span>}
      </h2>
      <p>
        {words} <span class="zone">{timezone}</span>
        <br />
        <code>{when}</code>
      </p>
      <About of={name} />
      <p class="quiet">
        {selects ?? secrets.join(', ')}
        {place !== undefined && ` in ${place}`}. To the {precision}; may start up to{' '}
        {formatDuration(schedule.windowSeconds * 1_000)} late, take{' '}
        {formatDuration(schedule.timeoutSeconds * 1_000)}; {schedule.concurrency} at once
        {schedule.retries !== undefined && `; up to ${schedule.retries + 1} attempts in the window`}.
      </p>
      {next && (
        <p>
          Next: <Instant at={next.at} timezone={timezone} /> <Stops of={next} />
        </p>
      )}
      {own && (
        <p class={own.kind === 'unchanged' ? 'good' : 'warn'}>
          {'drift' in own && own.drift ? 'Changed by hand: ' : ''}
          {WORDS[own.kind]}
        </p>
      )}
      {own?.kind === 'update' && (
        <ul class="changes">
          {own.fields.map(({ field, live, desired }) => (
            <li key={field}>
              {field}: <s>{live}</s> → {desired}
            </li>
          ))}
        </ul>
      )}
      <p class="actions">
        <ActionButton words="Rotate now…" of={name} action={{ what: 'run', schedule: name }} />
        <ActionButton words="Hold…" of={name} action={{ what: 'hold', scope: `schedule/${name}` }} />
        <a href={hrefOf('calendar', { schedule: name })}>
          Calendar<span class="unseen"> of {name}</span>
        </a>
        <a href={hrefOf('history', { schedule: name })}>
          History<span class="unseen"> of {name}</span>
        </a>
      </p>
    </li>
  )
}
