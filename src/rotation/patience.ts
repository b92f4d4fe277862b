import type { Wave } from './wave.ts'

/** Seconds that a rotation may stay CLAIMED past its instant without a sign of life: a minute, and its hooks' time. */
export function patienceOf({ before }: Pick<Wave, 'before'>): number {
  return 60 + before.reduce((sum, hook) => sum + hook.timeoutSeconds, 0)
}
