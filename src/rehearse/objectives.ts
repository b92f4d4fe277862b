import { expressionKind } from '../calendar/expression.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Schedule } from '../config/config.ts'
import { writeDuration } from '../config/duration.ts'
import { isEarlyObjective } from '../config/warnings/habits.ts'
import { counted } from '../model/counts.ts'
import { MINUTE } from '../model/time.ts'
import { durationText } from '../report/figures.ts'
import type { Occurred } from './happened.ts'
import type { Lateness, Later } from './lateness.ts'
import { QUOTAS } from './quotas.ts'

/**
 * What misses its schedule's objective. What Scheduler's minute alone makes late, `validate` tells as `early-objective`:
 * then only what would be later without it.
 */
export function objectiveMissed(
  schedule: Schedule,
  occurred: Occurred[],
  lateness: Lateness | undefined,
  span: Span,
): { message: string; hint: string } | undefined {
  const { objective } = schedule
  if (objective === undefined || lateness === undefined) return undefined
  const isEarly = isEarlyObjective(schedule)
  const later = isEarly ? lateness.laterByItself : lateness.later
  if (later.rotations === 0) return undefined
  const { kept, missed } = lateness.figures.objective
  const due = occurred.filter(({ rotations }) => rotations > 0)
  const count = Math.max(...due.map(({ rotations }) => rotations))
  const which = `${later.rotations} of ${kept + missed} rotations in ${later.waves} of ${counted(due.length, 'occurrence')}`
  const even = isEarly ? 'even if Scheduler were on time, ' : ''
  return {
    message: `objective skew ${writeDuration(objective.skewSeconds)}: ${even}${which} would begin later, at most ${durationText(later.mostMs)}: ${causes(schedule, later, count).join(', ')}`,
    hint: `write ${remedies(schedule, lateness, { later, count, span }).join(', or ')}`,
  }
}

function causes(schedule: Schedule, { schedulerMs, ownMs }: Later, count: number): string[] {
  const { precision, canary, concurrency } = schedule
  const own = [
    ...(canary === undefined ? [] : ['canaries']),
    ...(count > concurrency ? [`their turn (${count} secrets, concurrency: ${concurrency})`] : []),
  ]
  return [
    ...(schedulerMs > 0
      ? [
          `up to ${durationText(schedulerMs)} for the simulated Scheduler${precision === 'second' ? ', where no run is fired ahead' : ''} (precision: ${precision})`,
        ]
      : []),
    ...(ownMs > 0
      ? [`up to ${durationText(ownMs)} for ${own.length > 0 ? own.join(' and ') : 'what comes before'}`]
      : []),
  ]
}

/** The period, epoch ms. */
type Span = { from: number; to: number }

/** What a run ahead needs where clocks change: the two minutes before, by the schedule's own clock. */
function unfiredBy({ when, timezone }: Schedule, { from, to }: Span): string | undefined {
  if (expressionKind(when) !== 'cron' || wallClock(timezone).changes(from, to).length === 0) return undefined
  return 'a time at least two minutes after those that clocks skip or show twice'
}

/** Each by itself is enough. */
function remedies(
  schedule: Schedule,
  { ownMs }: Lateness,
  { later, count, span }: { later: Later; count: number; span: Span },
): string[] {
  const { precision, objective, canary, concurrency, windowSeconds } = schedule
  const mostMs = (objective?.skewSeconds ?? 0) * 1_000
  const isMinute = precision === 'minute'
  if (isMinute && ownMs <= mostMs) return ['precision: second', ...longer()]
  const other = isMinute || later.schedulerMs === 0 || ownMs > mostMs ? undefined : unfiredBy(schedule, span)
  if (other !== undefined) return [other, ...longer()]
  const turns = Math.ceil(count / concurrency)
  // A turn as long as those that were seen, and a fifth more; Scheduler takes up to a minute.
  const turnMs = (ownMs / Math.max(1, turns - 1)) * 1.2
  const second = isMinute && mostMs < MINUTE ? 'precision: second and ' : ''
  const room = mostMs - (isMinute && second === '' ? MINUTE : 0)
  const more = Math.ceil(count / (Math.floor(room / turnMs) + 1))
  const isOfUse = canary === undefined && more > concurrency && more <= QUOTAS.RotateSecret.most
  return [...(isOfUse ? [`${second}concurrency: ${more}`] : []), ...longer()]

  function longer(): string[] {
    const ms = Math.max(later.mostMs, (isMinute ? MINUTE : 0) + ownMs * 1.2)
    const step = ms < MINUTE ? 5 : 60
    const seconds = Math.min(windowSeconds, Math.ceil(ms / 1_000 / step) * step)
    return [`objective: { skew: ${writeDuration(seconds)} }`]
  }
}
