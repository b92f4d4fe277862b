import { durationText, quantilesOf } from '../../../report/figures.ts'
import type { HistoryAnswer, RotationSummary } from '../../server/api-types.ts'
import { SkewPlot } from '../charts/skew-plot.tsx'
import { api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import type { Route } from '../lib/route.ts'
import { useQuery } from '../lib/use-query.ts'
import { Empty, QueryResult } from '../ui/loading-and-errors.tsx'
import { digitsOf, type Period, PeriodSelect, periodOf } from '../ui/period-select.tsx'
import { ScrollArea, TableHead } from '../ui/table.tsx'
import { hueOf } from './calendar/slot.tsx'
import { Cut } from './history.tsx'

const DAYS = 30

/** How exactly rotations started: those that a schedule's trigger started, at their first delivery or a later one. */
export function SkewView({ route }: { route: Route }) {
  const { clockOffset } = useApp()
  const period = periodOf(route, Date.now() + clockOffset, DAYS)
  const query = useQuery(api.history, digitsOf(period), 30_000)
  return (
    <>
      <div class="tools">
        <PeriodSelect route={route} days={DAYS} />
      </div>
      <QueryResult query={query} what="the ledger">
        {(answer) => (
          <>
            <Cut answer={answer} />
            <Skews answer={answer} period={period} />
          </>
        )}
      </QueryResult>
    </>
  )
}

type Measured = RotationSummary & { skewMs: number }

function Skews({ answer, period }: { answer: HistoryAnswer; period: Period }) {
  const { stage } = useApp()
  const measured = answer.rotations.filter(
    (it): it is Measured => it.trigger === 'SCHEDULE' && it.skewMs !== undefined,
  )
  if (measured.length === 0) return <Empty>No scheduled rotation of this period has a skew.</Empty>
  const schedules = [...new Set(measured.map(({ schedule }) => schedule))].sort()
  return (
    <>
      <SkewPlot rotations={measured} from={period.from} to={Math.min(period.to, answer.now)} />
      <h2>By schedule</h2>
      <ScrollArea name="Skew by schedule">
        <table>
          <TableHead
            columns={['Schedule', 'Precision']}
            figures={['Rotations', 'Smallest', 'Median', '99 of 100 within', 'Largest']}
          />
          <tbody>
            {schedules.map((name) => {
              const skews = measured.filter((it) => it.schedule === name).map(({ skewMs }) => skewMs)
              const { count, p50, p99, most } = quantilesOf(skews)
              return (
                <tr key={name}>
                  <th scope="row">
                    <span class="swatch" style={hueOf(name, stage.schedules)} aria-hidden="true" /> {name}
                  </th>
                  <td>
                    {stage.schedules.find((it) => it.name === name)?.precision ?? 'no longer configured'}
                  </td>
                  <td class="figure">{count}</td>
                  {[Math.min(...skews), p50, p99, most].map((ms, index) => (
                    <td key={index} class="figure">
                      {durationText(ms)}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollArea>
    </>
  )
}
