import { placeKey } from '../model/place.ts'
import { groupsOf } from './groups.ts'
import type { RehearsalOptions, Rehearsed } from './options.ts'
import { peaksOf } from './peaks.ts'
import type { Happening } from './run-group.ts'
import { isSample, tasksOf } from './sample.ts'
import { runAll } from './threads.ts'

export type { RehearsalOptions, Rehearsed, Told, Trouble, WaveOver } from './options.ts'

/**
 * Runs a stage through a period in virtual time: the real workflow, audit and `observe`, over a simulated Scheduler,
 * Secrets Manager and ledger. Nobody answers approvals; Change Calendars are open; hooks say yes after two seconds;
 * nothing is handed over. Where that would be too much, a sample of it, and it says so. The same options give the same
 * answer, byte for byte, by however many threads. Throws where `signal` is aborted.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsed> {
  const groups = groupsOf(options)
  const tasks = tasksOf(groups, options)
  const sum = (some: { occurrences: number; rotations: number }[], what: 'occurrences' | 'rotations') =>
    some.reduce((total, it) => total + it[what], 0)
  const of = sum(tasks, 'occurrences')
  const done = { rotations: 0, waves: 0 }
  const take = (happened: Happening[]) => {
    for (const it of happened) {
      if ('told' in it) options.onTold(it.told)
      else {
        done.waves++
        done.rotations += it.wave.rotations.length
        options.onWave(it.wave)
      }
    }
    options.onProgress?.(done.waves, of)
  }
  const places = new Map(options.config.schedules.map(({ name, place }) => [name, placeKey(place)]))
  const peaks = peaksOf(await runAll(tasks, take, options), (schedule) => places.get(schedule) ?? '')
  const sampled = isSample(tasks, options) && {
    sampled: { of: sum(groups, 'rotations'), taken: done.rotations },
  }
  return { ...done, ...sampled, peaks }
}
