import { compile } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import { EARLY_MS } from './early.ts'
import { startOf } from './timing.ts'

const MINUTE = 60_000

/**
 * The occurrence (epoch ms) that a delivery is about; undefined where there is none.
 *
 * An on-time delivery finds none only where the schedule was changed since it fired. An early companion finds none
 * also on a night when the clocks change in its two minutes: it has then nothing to do, the on-time delivery does all.
 *
 * Whether `<aws.scheduler.scheduled-time>` is the instant itself or anywhere in its minute is not documented; both
 * give the same answer, since occurrences are a minute apart at least.
 *
 * @param firedAt epoch ms, the delivery's own `scheduledAt`
 */
export function occurrenceOf(schedule: Schedule, firedAt: number, early: boolean): number | undefined {
  const start = schedule.start === undefined ? {} : { start: startOf(schedule) }
  const latest = firedAt + (early ? EARLY_MS : 0)
  const occurrence = compile(schedule.when, schedule.timezone, start).previous(latest + 1)
  return occurrence !== undefined && occurrence > latest - MINUTE ? occurrence : undefined
}
