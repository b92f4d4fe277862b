import { DAY } from '../../../model/time.ts'
import { type Route, setParams } from '../lib/route.ts'
import { Choice } from './choice.tsx'

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
  const own: [string, string][] = isOwn
    ? [['own', `${dayText(params.get('from'))} to ${dayText(params.get('to'))}`]]
    : []
  return (
    <Choice
      label={
        <span class="label">
          Period<span class="unseen"> in days</span>, UTC
        </span>
      }
      value={isOwn ? 'own' : (params.get('days') ?? String(days))}
      options={[...own, ...CHOICES.map((count): [string, string] => [String(count), `${count} days`])]}
      choose={(chosen) => setParams({ days: chosen, from: undefined, to: undefined })}
    />
  )
}

/** `2026-11-24`, or `2026-11-23 15:00`. */
function dayText(instant: string | null): string {
  return (instant ?? '').slice(0, 16).replace('T', ' ').replace(' 00:00', '')
}
