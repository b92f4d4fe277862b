import { DAY } from '../model/time.ts'
import { type Group, type Task, taskOf } from './groups.ts'
import type { RehearsalOptions } from './options.ts'

/** More rotations than these take minutes. */
const MOST = 400_000

/** The shortest stretch that shows how a schedule goes on. */
const STRETCH_MS = 7 * DAY

/**
 * What is to be run of these groups: all of it, or, where that is too much, of each group every so many stretches of the
 * period, the first always. A stretch is a week, or as long as it takes the group to rotate once.
 */
export function tasksOf(groups: Group[], options: RehearsalOptions): Task[] {
  const { from, to, most = MOST } = options
  const rotations = groups.reduce((sum, group) => sum + group.rotations, 0)
  const every = Math.ceil(rotations / most)
  return groups.flatMap((group) => {
    if (every <= 1) return taskOf(group, options, from, to)
    const gap = (to - from) / Math.max(1, group.occurrences / group.schedules.length)
    const stretch = Math.max(STRETCH_MS, Math.ceil(gap / DAY) * DAY)
    const many = Math.ceil((to - from) / stretch)
    return Array.from({ length: Math.ceil(many / every) }, (_, index) => {
      const begin = from + index * every * stretch
      return taskOf(group, options, begin, Math.min(to, begin + stretch))
    })
  })
}

/** Whether tasks leave out a part of the period. */
export function isSample(tasks: Task[], { from, to }: RehearsalOptions): boolean {
  return tasks.some((task) => task.from !== from || task.to !== to)
}
