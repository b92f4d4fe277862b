import { formatPreciseDuration } from '../calendar/format.ts'
import { objectiveOf } from '../model/objective.ts'
import { isIntended } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import type { Line } from './evidence.ts'

/**
 * The promise as figures, by schedule and for the stage. Each is defined here and, in the same words, in
 * docs/auditors.md, "The promise in figures": nothing else counts it another way. Decision 0177.
 */
export type Figures = {
  /** What the calendar asked for in the period: recorded or not. What was moved is due where it was moved to. */
  due: number
  /** Of these: without an outcome yet; left out by rule, or by a person who skipped it, held it, or did not approve. */
  open: number
  leftOut: number
  /** Begun inside its window, and its version seen as AWSCURRENT before it was given up. */
  kept: number
  /** Of those kept: not at the first attempt. */
  byRetry: number
  /** The rest. `kept / (kept + notKept)` is the kept rate. */
  notKept: number
  /** Of those kept, ms: `startedAt` − `scheduledAt`; of a retried one, its first start. */
  skew: Quantiles
  /** Of those kept, ms: from `startedAt` to AWSCURRENT seen. */
  verdict: Quantiles
  /** Of all due that began, and had an objective: whether they began in time for it; or that is not known. */
  objective: { kept: number; missed: number; unknown: number }
  /**
   * Of those kept whose schedule asks who has fetched, ms from AWSCURRENT seen: by when the first, and all, of those who use
   * the secret had. Unknown: nobody was, or not all were, seen to in the time that the schedule gives them.
   */
  adoptedFirst: Quantiles
  adoptedAll: Quantiles
  /** Of all due that ran, ms: how late Scheduler's delivery was taken up, and how late a wait for the instant ended. */
  delivered: Quantiles
  woke: Quantiles
}

/** `count` values stand behind it; of `unknown` more it was not observed. None: no value at all. `p99`: of 100 or more. */
export type Quantiles = { count: number; unknown: number; p50?: number; p99?: number; most?: number }

/** Of fewer values the one that 99 in 100 do not exceed is the largest, and says no more than that. */
const LEAST_FOR_P99 = 100

/** By nearest rank: the least of the values that this share of them does not exceed. */
export function quantilesOf(values: number[], unknown = 0): Quantiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number
  return {
    count: sorted.length,
    unknown,
    ...(sorted.length > 0 && { p50: at(0.5), most: at(1) }),
    ...(sorted.length >= LEAST_FOR_P99 && { p99: at(0.99) }),
  }
}

/** Undefined where nothing was to be kept. */
export function keptRate({ kept, notKept }: Pick<Figures, 'kept' | 'notKept'>): number | undefined {
  return kept + notKept === 0 ? undefined : kept / (kept + notKept)
}

/** `99.98 %`, cut off and not rounded: 100 % is said of all, and of nothing less. */
export function rateText(rate: number | undefined): string {
  return rate === undefined ? '–' : `${Math.floor(rate * 10_000 + 1e-9) / 100} %`
}

export function durationText(ms: number | undefined): string {
  return ms === undefined ? '–' : formatPreciseDuration(ms)
}

const MEASURES = ['skew', 'verdict', 'adoptedFirst', 'adoptedAll', 'delivered', 'woke'] as const
type Measure = (typeof MEASURES)[number]
type Counts = Omit<Figures, Measure> & { [Each in Measure]: Measured }
type Measured = { values: number[]; unknown: number }

/** What became of one that was due. */
export type Fate = 'open' | 'leftOut' | 'kept' | 'notKept'

/** It succeeded, and not only after it had been given up: begun in time, for the gate lets nothing begin later. */
export function fateOf(rotation: Pick<Rotation, 'status' | 'late' | 'reason'>): Fate {
  const { status, late } = rotation
  if (status === 'CLAIMED' || status === 'ROTATING') return 'open'
  if (isIntended(rotation)) return 'leftOut'
  return status === 'SUCCEEDED' && late !== true ? 'kept' : 'notKept'
}

/**
 * Whether its schedule promised it at this instant. What was moved is due once: where it went; or, where the move was taken
 * back or came too late (then its record at the new instant says SKIPPED_ONCE), at its own.
 */
export function isDue(
  { trigger, moved, reason }: Pick<Rotation, 'trigger' | 'moved' | 'reason'>,
  movedTo?: string,
): boolean {
  const isOther = movedTo !== undefined || (moved !== undefined && reason === 'SKIPPED_ONCE')
  return (trigger === 'SCHEDULE' || trigger === 'CATCH_UP') && !isOther
}

export function isByRetry({ attempts }: Pick<Rotation, 'attempts'>): boolean {
  return (attempts?.length ?? 1) > 1
}

/** Adds up lines as they come; holds at most forty-eight bytes a rotation. */
export function createFigures() {
  const all = new Map<string, Counts>()
  const of = (schedule: string) => {
    const counts = all.get(schedule) ?? noCounts()
    all.set(schedule, counts)
    return counts
  }
  return {
    add(line: Line): void {
      if ('unrecorded' in line) {
        const counts = of(line.unrecorded.schedule)
        counts.due++
        counts.notKept++
      } else if (isDue(line.rotation, line.movedTo)) count(line.rotation, of(line.rotation.schedule))
    },
    /** By schedule, in the order of their names; and all together. */
    close(): { stage: Figures; schedules: ({ schedule: string } & Figures)[] } {
      const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1))
      return {
        stage: closed(together(sorted.map(([, counts]) => counts))),
        schedules: sorted.map(([schedule, counts]) => ({ schedule, ...closed(counts) })),
      }
    },
  }
}

function count(rotation: Rotation, counts: Counts): void {
  const { saw, skewMs, durationMs, adoption, rotatedAt } = rotation
  const fate = fateOf(rotation)
  counts.due++
  counts[fate]++
  const objective = objectiveOf(rotation)
  if (objective !== 'none') counts.objective[objective]++
  if (saw?.deliveredLateMs !== undefined) counts.delivered.values.push(saw.deliveredLateMs)
  if (saw?.wokeLateMs !== undefined) counts.woke.values.push(saw.wokeLateMs)
  if (fate !== 'kept') return
  if (isByRetry(rotation)) counts.byRetry++
  measure(counts.skew, skewMs)
  measure(counts.verdict, durationMs)
  if (adoption === undefined || rotatedAt === undefined) return
  const after = (at: string | undefined) =>
    at === undefined ? undefined : Math.max(0, Date.parse(at) - Date.parse(rotatedAt))
  measure(counts.adoptedFirst, after(adoption.firstBy))
  measure(counts.adoptedAll, after(adoption.allBy))
}

/** What was not observed is no 0. */
function measure(measured: Measured, ms: number | undefined): void {
  if (ms === undefined || !Number.isFinite(ms)) measured.unknown++
  else measured.values.push(ms)
}

function eachMeasure<Value>(of: (measure: Measure) => Value): { [Each in Measure]: Value } {
  return Object.fromEntries(MEASURES.map((it) => [it, of(it)])) as { [Each in Measure]: Value }
}

function noCounts(): Counts {
  return {
    ...{ due: 0, open: 0, leftOut: 0, kept: 0, byRetry: 0, notKept: 0 },
    objective: { kept: 0, missed: 0, unknown: 0 },
    ...eachMeasure(() => ({ values: [], unknown: 0 })),
  }
}

function together(all: Counts[]): Counts {
  const sum = (of: (counts: Counts) => number) => all.reduce((total, counts) => total + of(counts), 0)
  return {
    due: sum((it) => it.due),
    open: sum((it) => it.open),
    leftOut: sum((it) => it.leftOut),
    kept: sum((it) => it.kept),
    byRetry: sum((it) => it.byRetry),
    notKept: sum((it) => it.notKept),
    objective: {
      kept: sum((it) => it.objective.kept),
      missed: sum((it) => it.objective.missed),
      unknown: sum((it) => it.objective.unknown),
    },
    // Once for all: one after the other, of thousands of schedules, would copy the first ones as often.
    ...eachMeasure((measure) => ({
      values: all.flatMap((it) => it[measure].values),
      unknown: sum((it) => it[measure].unknown),
    })),
  }
}

function closed(counts: Counts): Figures {
  return { ...counts, ...eachMeasure((it) => quantilesOf(counts[it].values, counts[it].unknown)) }
}
