import { groupsOf } from './groups.ts'
import type { RehearsalOptions, Rehearsed } from './options.ts'
import { peakLog } from './peaks.ts'
import { runGroup } from './run-group.ts'

export type { RehearsalOptions, Rehearsed, Told, Trouble, WaveOver } from './options.ts'

/**
 * Runs a stage through a period in virtual time: the real workflow, audit and `observe`, over a simulated Scheduler,
 * Secrets Manager and ledger. Nobody answers approvals; Change Calendars are open; hooks say yes after two seconds; there is no handover.
 * The same options give the same answer, byte for byte. Throws where `signal` is aborted.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsed> {
  const groups = groupsOf(options)
  const peaks = peakLog()
  const totals = { rotations: 0, waves: 0 }
  const of = groups.reduce((sum, { occurrences }) => sum + occurrences, 0)
  for (const group of groups) {
    options.signal?.throwIfAborted()
    await runGroup(group, options, {
      peaks,
      over(wave) {
        totals.waves++
        totals.rotations += wave.rotations.length
        options.onWave(wave)
        options.onProgress?.(totals.waves, of)
      },
      told: options.onTold,
    })
  }
  return { ...totals, peaks: peaks.highest() }
}
