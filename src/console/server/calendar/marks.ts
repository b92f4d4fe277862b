import { formatDuration, formatTime } from '../../../calendar/format.ts'
import { type Freeze, intervalsOf } from '../../../calendar/freezes.ts'
import { wallClock } from '../../../calendar/wall-clock.ts'
import type { DayAnswer } from '../api-types.ts'

/** What of the freezes falls between two instants (epoch ms), cut to them. */
export function freezesIn(freezes: Freeze[], from: number, to: number): DayAnswer['freezes'] {
  const found = freezes.flatMap((freeze) =>
    intervalsOf(freeze, from, to).map((interval) => ({
      name: freeze.name,
      ...(freeze.reason !== undefined && { reason: freeze.reason }),
      from: Math.max(from, interval.from),
      to: Math.min(to, interval.to),
    })),
  )
  return found.sort((a, b) => a.from - b.from)
}

/**
 * What clocks do between two instants, one entry an instant: the calendar's own, and those of other zones, whose
 * occurrences they move on it.
 */
export function clockChangesIn(
  timezone: string,
  others: string[],
  from: number,
  to: number,
): DayAnswer['clockChanges'] {
  const zones = [...new Set([timezone, ...others])]
  const all = zones.flatMap((zone) => changesOf(zone, from, to))
  return [...Map.groupBy(all, ({ at }) => at)]
    .map(([at, changes]) => {
      const texts = [...Map.groupBy(changes, ({ words }) => words)].map(([words, same]) => {
        const whose = same.map(({ zone }) => zone)
        return whose.includes(timezone) ? words : `${whose.join(', ')}: ${words}`
      })
      return { at, words: texts.join('; ') }
    })
    .sort((a, b) => a.at - b.at)
}

function changesOf(zone: string, from: number, to: number): { at: number; zone: string; words: string }[] {
  const changes = wallClock(zone).changes(from, to)
  return changes.flatMap(({ instant, before, after }) => {
    if (before === after) return []
    const direction = after > before ? 'forward' : 'back'
    const [was, is] = [before, after].map((offset) => formatTime(instant + offset))
    const words = `clocks go ${direction} ${formatDuration(Math.abs(after - before))} at ${was} to ${is}`
    return [{ at: instant, zone, words }]
  })
}
