import { DAY, MINUTE } from '../model/time.ts'
import type { Cron } from './cron.ts'
import { formatDate, formatTime } from './format.ts'
import { localDays } from './local-days.ts'
import type { ClockChange, WallClock } from './wall-clock.ts'

/** What one change of the clocks does to a cron expression: local times that are skipped, or that happen twice. */
type Affected = { change: ClockChange; kind: 'skipped' | 'doubled'; times: number[] }

/** Changes between two instants that touch the expression, in order; `times` are local, ms as if in UTC. */
export function affectedBy(cron: Cron, clock: WallClock, from: number, to: number): Affected[] {
  const days = localDays(cron)
  return clock.changes(from, to).flatMap((change) => {
    const kind = change.after > change.before ? ('skipped' as const) : ('doubled' as const)
    const [begins, ends] = span(change)
    const times: number[] = []
    for (
      let day = days.atOrAfter(Math.floor(begins / DAY));
      day !== undefined;
      day = days.atOrAfter(day + 1)
    ) {
      if (day * DAY >= ends) break
      const local = cron.times.map((minute) => (day ?? 0) * DAY + minute * MINUTE)
      times.push(...local.filter((at) => at >= begins && at < ends))
    }
    return times.length > 0 ? [{ change, kind, times }] : []
  })
}

/** The local times a change skips or repeats: from inclusive, to exclusive. */
function span({ instant, before, after }: ClockChange): [number, number] {
  return [instant + Math.min(before, after), instant + Math.max(before, after)]
}

/** `02:30 on 2026-03-08`, `24 times from 00:00 to 23:00 on 2011-12-30`. */
export function formatTimes(times: number[]): string {
  const first = times[0] ?? 0
  const last = times.at(-1) ?? first
  const date = formatDate(first)
  if (times.length === 1) return `${formatTime(first)} on ${date}`
  if (formatDate(last) !== date)
    return `${times.length} times from ${date} ${formatTime(first)} to ${formatDate(last)} ${formatTime(last)}`
  if (times.length <= 3) return `${times.map(formatTime).join(', ')} on ${date}`
  return `${times.length} times from ${formatTime(first)} to ${formatTime(last)} on ${date}`
}

/**
 * What to write so that no change in the interval touches the schedule: the expression with its hour moved as little as
 * possible where it names a single hour, a rate() where it runs around the clock, else the hours to stay out of.
 * `aheadMs`: what else is fired, so long before, by the same clock.
 */
export function saferThan(
  when: string,
  cron: Cron,
  clock: WallClock,
  { from, to, aheadMs = 0 }: { from: number; to: number; aheadMs?: number },
): string {
  const [minute = '', hour = '', ...rest] = when.slice('cron('.length, -1).split(/\s+/)
  const changes = clock.changes(from, to)
  if (/^\d+$/.test(hour)) {
    for (const shift of [1, -1, 2, -2, 3, -3, 4, -4]) {
      const moved = Number(hour) + shift
      if (moved < 0 || moved > 23) continue
      const own = cron.times.map((time) => time + shift * 60)
      const times = [...own.map((time) => time - aheadMs / MINUTE), ...own]
      if (affectedBy({ ...cron, times }, clock, from, to).length === 0)
        return `a safe time near it: cron(${[minute, moved, ...rest].join(' ')})`
    }
  }
  if (new Set(cron.times.map((time) => Math.floor(time / 60))).size === 24)
    return 'where every interval counts, rate() with a start keeps step through clock changes'
  const spans = [...new Set(changes.map((change) => spellSpan(...span(change))))].sort()
  return `choose local times outside ${spans.join(' and ')}`
}

function spellSpan(from: number, to: number): string {
  if (to - from >= DAY) return `the whole of ${formatDate(from)}`
  return `${formatTime(from)}–${formatTime(to - MINUTE)}`
}
