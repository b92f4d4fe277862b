import { mayStillSucceed } from '../audit/late-successes.ts'
import { calendarOf } from '../calendar/calendar.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { DAY, iso, MINUTE } from '../model/time.ts'
import type { Task } from './groups.ts'
import type { WaveOver } from './options.ts'

/** The audit looks again at what has failed for three days. */
const LATE_SUCCESS_MS = 4 * DAY

/** It looks once an hour at what missed its `objective`, and not at what settled in the last five minutes. */
const OBJECTIVE_MS = 70 * MINUTE

/** What was found out of a stage by now. */
export type Standing = {
  now: number
  /** By schedule, up to when the audit has accounted for its occurrences: epoch ms. */
  marks: Map<string, number>
  rows: Map<string, Rotation>
  /** Whether an execution is under way for this instant, or for one before. */
  isRunning(schedule: string, instant: number): boolean
}

/** A group's occurrences in the period that are not over yet: over is what nobody looks at any more. */
export function openWaves({ schedules, from, to }: Task) {
  const queues = schedules.map((schedule) => {
    const instants = calendarOf(schedule).between(from, to)
    const shift = (): number | undefined => instants.next().value ?? undefined
    return { name: schedule.name, shift, next: shift() }
  })
  const isOver = (rotations: Rotation[], instant: number, now: number) =>
    rotations.every((it) => SETTLED.includes(it.status) && now >= lookedAtFrom(it)) &&
    (now >= instant + LATE_SUCCESS_MS || !rotations.some(mayStillSucceed))
  const given = new Set<string>()
  function* overIn(queue: (typeof queues)[number], { now, marks, rows, isRunning }: Standing) {
    const mark = marks.get(queue.name) ?? 0
    for (; queue.next !== undefined && queue.next <= mark; queue.next = queue.shift()) {
      const scheduledAt = iso(queue.next)
      const rotations = [...rows.values()].filter(
        (it) => it.schedule === queue.name && it.scheduledAt === scheduledAt,
      )
      if (isRunning(queue.name, queue.next) || !isOver(rotations, queue.next, now)) return
      for (const { rotationId } of rotations) given.add(rotationId)
      yield { schedule: queue.name, scheduledAt, trigger: triggerOf(rotations), rotations }
    }
  }
  /** Most rows of a secret that a pause goes by, and what it is expected to take. */
  const most = Math.max(3, ...schedules.map(({ pauseAfter = 0 }) => pauseAfter + 1))
  return {
    allOver: () => queues.every(({ next }) => next === undefined),
    /** Those that are over by now, each once. */
    *over(standing: Standing): Generator<WaveOver> {
      for (const queue of queues) yield* overIn(queue, standing)
    },
    /** Drops the rows of what is over, but for each secret's newest. */
    forget(rows: Map<string, Rotation>): void {
      const counts = new Map<string, number>()
      for (const { rotationId, schedule, secretName } of [...rows.values()].reverse()) {
        if (!given.has(rotationId)) continue
        const count = (counts.get(`${schedule} ${secretName}`) ?? 0) + 1
        counts.set(`${schedule} ${secretName}`, count)
        if (count > most) given.delete(rotationId) && rows.delete(rotationId)
      }
    },
  }
}

function triggerOf(rotations: Rotation[]): WaveOver['trigger'] {
  return rotations.some(({ trigger }) => trigger === 'CATCH_UP') ? 'CATCH_UP' : 'SCHEDULE'
}

/** From when on (epoch ms) the audit has judged it by its objective. */
export function lookedAtFrom({ settledAt, limits }: Rotation): number {
  if (settledAt === undefined || limits?.objectiveSkewSeconds === undefined) return 0
  return Date.parse(settledAt) + OBJECTIVE_MS
}
