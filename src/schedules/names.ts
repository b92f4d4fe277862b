/**
 * What our schedules are called inside their group. An entry's own name starts with a letter or a digit (checked by
 * `src/config`), so names that start with an underscore can never collide with one.
 * Source: EventBridge Scheduler API reference, names: `[0-9a-zA-Z-_.]{1,64}`.
 */

const SERVICE = 'tourbillon'

/** One schedule group per stage: `tourbillon-prod`. */
export function groupName(stage: string): string {
  return `${SERVICE}-${stage}`
}

/** The n-th (from 1) early companion of an entry: `_early.orders-db`, then `_early2.orders-db`. */
export function earlyName(schedule: string, n: number): string {
  return `_early${n === 1 ? '' : n}.${schedule}`
}

/** A one-off schedule made by `tourbillon run --at`; it deletes itself after it fired. */
export function onceName(id: string): string {
  return `${ONCE_PREFIX}${id}`
}

const ONCE_PREFIX = '_once.'

export function isOnce(name: string): boolean {
  return name.startsWith(ONCE_PREFIX)
}
