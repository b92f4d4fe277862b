import { DAY } from '../../../model/time.ts'
import { type Route, setParams } from '../lib/route.ts'

/** Epoch ms; `to` exclusive. */
export type Period = { from: number; to: number }

const CHOICES = [2, 7, 30, 90, 365]

/** The days that a view is about, by UTC, from its parameters: `days=30`, or `from` and `to` as dates (`to` exclusive). */
export function periodOf({ params }: Route, now: number, days: number): Period {
  const today = Math.floor(now / DAY) * DAY
  const [from, to] = [params.get('from'), params.get('to')].map((it) => Date.parse(it ?? ''))
  const chosen = Number(params.get('days') ?? days)
  const end = to === undefined || Number.isNaN(to) ? today + DAY : to
  return { from: from === undefined || Number.isNaN(from) ? today - (chosen - 1) * DAY : from, to: end }
}

/** As the server is asked for it. */
export function digitsOf({ from, to }: Period): { from: string; to: string } {
  return { from: String(from), to: String(to) }
}

export function PeriodSelect({ route, days }: { route: Route; days: number }) {
  const { params } = route
  const isOwn = params.has('from')
  return (
    <label>
      <span class="label">
        Period<span class="unseen"> in days</span>, UTC
      </span>
      <select
        value={isOwn ? 'own' : (params.get('days') ?? days)}
        onChange={(event) =>
          setParams(route, { days: event.currentTarget.value, from: undefined, to: undefined })
        }
      >
        {isOwn && (
          <option value="own">
            {dayText(params.get('from'))} to {dayText(params.get('to'))}
          </option>
        )}
        {CHOICES.map((count) => (
          <option key={count} value={count}>
            {count} days
          </option>
        ))}
      </select>
    </label>
  )
}

/** `2026-11-24`, or `2026-11-23 15:00`. */
function dayText(instant: string | null): string {
  return (instant ?? '').slice(0, 16).replace('T', ' ').replace(' 00:00', '')
}
