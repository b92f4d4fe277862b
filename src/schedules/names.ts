import { namesOf } from '../model/resource-names.ts'

/**
 * What our schedules are called inside their group, which carries the stage. An entry's own name starts with a letter
 * or a digit and has 56 characters at most (checked by `src/config`), so a name that starts with an underscore can
 * never collide with one, and both fit.
 * Source: EventBridge Scheduler API reference, names: `[0-9a-zA-Z-_.]{1,64}`.
 */

/** The n-th (from 1) early companion of an entry: `_early.orders-db`, then `_early2.orders-db`. */
export function earlyName(schedule: string, n: number): string {
  return `_early${n === 1 ? '' : n}.${schedule}`
}

/** The SQS queue that takes what could not be delivered. */
export function deadLetterQueueName(stage: string): string {
  return `${namesOf(stage).scheduleGroup}-dead-letters`
}
