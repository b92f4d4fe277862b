import type { ZoneSeen } from '../../model/facts.ts'
import { iso, MINUTE } from '../../model/time.ts'
import { eventsWith, type Probe, until } from '../lab.ts'

/** How far ahead, at least: a schedule that is new may be late. */
const AHEAD = 2 * MINUTE
const LATE = 2 * MINUTE

/**
 * The same instant in each zone's local time, under each offset that the zone might have: the one that fires then is the
 * offset that Scheduler goes by. The others fire hours later, which is after their end, or were past before.
 */
export const zones: Probe = {
  facts: ['scheduler-zones'],
  async run(lab, see) {
    const at = Math.ceil((lab.now() + AHEAD) / MINUTE) * MINUTE
    for (const [n, { zone, offsets }] of lab.zones.entries())
      for (const offset of offsets)
        await lab.schedule({
          name: `zone-${n}-${offset}`,
          expression: `at(${iso(at + offset * MINUTE).slice(0, 19)})`,
          timezone: zone,
          input: { schedule: `zone-${n}`, set: at, offset },
        })
    const fired = (arrivals: Parameters<typeof eventsWith>[0], n: number) =>
      eventsWith(arrivals, `"zone-${n}"`)
        .map(({ event }) => event as { scheduledTime?: string; offset?: number })
        // A time that was past may fire at once: that is no answer.
        .find(({ scheduledTime }) => Math.abs(Date.parse(scheduledTime ?? '') - at) < MINUTE)?.offset
    await until(lab, at - lab.now() + LATE, (arrivals) =>
      lab.zones.every((_, n) => fired(arrivals, n) !== undefined) ? true : undefined,
    )
    const arrivals = await lab.arrivals()
    const seen = lab.zones.map(({ zone, ours, node }, n): ZoneSeen => {
      const offset = fired(arrivals, n)
      return { zone, at: iso(at), ours, node, ...(offset !== undefined && { fired: offset }) }
    })
    if (seen.every((it) => it.fired === undefined)) throw new Error('none of its schedules fired in time')
    see('scheduler-zones', seen)
  },
}
