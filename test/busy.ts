import { availableParallelism, loadavg } from 'node:os'

/**
 * What real time a test allows: so many milliseconds on an idle machine, and as much more as processes stand in line for
 * each core. For what is computed, called or started; never for what a timer of ours promises.
 */
export function within(ms: number): number {
  const [lastMinute = 0] = loadavg()
  return ms * Math.max(1, (2 * lastMinute) / availableParallelism())
}
