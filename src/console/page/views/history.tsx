import { useMemo } from 'preact/hooks'
import { counted } from '../../../model/counts.ts'
import type { Status } from '../../../model/rotation.ts'
import type { HistoryAnswer, RotationSummary } from '../../server/api-types.ts'
import { Lanes } from '../charts/lanes.tsx'
import { api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { type Route, setParams } from '../lib/route.ts'
import { useQuery } from '../lib/use-query.ts'
import { Choice } from '../ui/choice.tsx'
import { Empty, QueryResult } from '../ui/loading-and-errors.tsx'
import { Outcome, STATUSES } from '../ui/outcome.tsx'
import { digitsOf, type Period, PeriodSelect, periodOf } from '../ui/period-select.tsx'
import { RotationTable } from '../ui/rotation-table.tsx'

const DAYS = 30
const LISTED = 50

/** Every secret a lane, every rotation a mark; and the same as a table, for those who would rather read. */
export function HistoryView({ route }: { route: Route }) {
  const { clockOffset } = useApp()
  const period = periodOf(route, Date.now() + clockOffset, DAYS)
  const query = useQuery(api.history, digitsOf(period), 10_000)
  return (
    <>
      <Filters route={route} rotations={query.answer?.rotations ?? []} />
      <QueryResult query={query} what="the ledger">
        {(answer) => (
          <>
            <Cut answer={answer} />
            <Found answer={answer} route={route} period={period} />
          </>
        )}
      </QueryResult>
    </>
  )
}

/** What is said of a period that was cut is not true of all of it. */
export function Cut({ answer: { truncated, rotations } }: { answer: HistoryAnswer }) {
  if (!truncated) return null
  return (
    <p class="warn">
      There are more: these are the latest {rotations.length}, and all that follows is of these. Choose a
      shorter period.
    </p>
  )
}

function Found({ answer, route, period }: { answer: HistoryAnswer; route: Route; period: Period }) {
  const { params } = route
  const key = params.toString()
  const rotations = useMemo(() => answer.rotations.filter(passes(params)), [answer, key])
  const listed = Number(params.get('listed') ?? LISTED)
  if (rotations.length === 0) {
    return (
      <Empty>
        {answer.rotations.length === 0
          ? 'The ledger has no rotation in this period.'
          : `None of this period’s ${answer.rotations.length} rotations passes the filter.`}
      </Empty>
    )
  }
  return (
    <>
      <Lanes rotations={rotations} from={period.from} to={Math.min(period.to, answer.now)} />
      <h2>{counted(rotations.length, 'rotation')}, the latest first</h2>
      <RotationTable rotations={rotations.slice(0, listed)} />
      {rotations.length > listed && (
        <button type="button" onClick={() => setParams({ listed: String(listed + 200) })}>
          Show more of {rotations.length}
        </button>
      )}
    </>
  )
}

function passes(params: URLSearchParams): (rotation: RotationSummary) => boolean {
  const [schedule, text] = [params.get('schedule'), params.get('q')?.toLowerCase()]
  const statuses = params.get('status')?.split(',')
  return (rotation) =>
    (schedule === null || rotation.schedule === schedule) &&
    (statuses === undefined || statuses.includes(rotation.status)) &&
    (text === undefined ||
      [
        rotation.secretName,
        rotation.reason,
        rotation.message,
        rotation.requester,
        rotation.requestReason,
        rotation.rotationId,
      ].some((it) => it?.toLowerCase().includes(text)))
}

function Filters({ route, rotations }: { route: Route; rotations: RotationSummary[] }) {
  const { params } = route
  const chosen = params.get('status')?.split(',') ?? []
  const schedules = [...new Set(rotations.map(({ schedule }) => schedule))].sort()
  const toggle = (status: Status) => {
    const statuses = chosen.includes(status) ? chosen.filter((it) => it !== status) : [...chosen, status]
    setParams({ status: statuses.join(',') || undefined })
  }
  return (
    <div class="tools">
      <PeriodSelect route={route} days={DAYS} />
      <Choice
        label={<span class="label">Schedule</span>}
        value={params.get('schedule') ?? ''}
        options={[['', 'all'], ...schedules.map((name): [string, string] => [name, name])]}
        choose={(schedule) => setParams({ schedule: schedule || undefined })}
      />
      <label>
        <span class="label">Containing</span>
        <input
          type="search"
          placeholder="secret, reason, ticket, id"
          value={params.get('q') ?? ''}
          onInput={(event) => setParams({ q: event.currentTarget.value || undefined }, 'typed')}
        />
      </label>
      <fieldset class="statuses">
        <legend class="unseen">Outcomes</legend>
        {STATUSES.map((status) => {
          const count = rotations.filter((it) => it.status === status).length
          return (
            (count > 0 || chosen.includes(status)) && (
              <button
                type="button"
                key={status}
                aria-pressed={chosen.includes(status)}
                onClick={() => toggle(status)}
              >
                <Outcome status={status} /> <small>{count}</small>
              </button>
            )
          )
        })}
      </fieldset>
    </div>
  )
}
