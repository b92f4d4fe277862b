import { calendarOf } from '../calendar/calendar.ts'
import { elsewhere, goesByZone } from '../calendar/zone-difference.ts'
import type { Schedule } from '../config/config.ts'
import { waveIdOf } from '../model/identity.ts'
import { iso } from '../model/time.ts'
import type { AuditPorts } from './ports.ts'

/** Two audits fall into it, so one that fails is made good. */
const AHEAD_MS = 600_000

/**
 * Starts the runs of occurrences that are in doubt, minutes ahead, so that our own zone data count alone: where this
 * Node's put the occurrence elsewhere, Scheduler's may; and where it has delivered something unknown of late, they do.
 * The run waits for the instant, as an early companion's does. What Scheduler delivers then finds it under way or done.
 */
export async function armInDoubt(
  doubted: Set<string>,
  ports: AuditPorts,
  failed: (error: unknown) => void,
): Promise<void> {
  for (const schedule of ports.config.schedules) {
    if (!schedule.enabled || !goesByZone(schedule)) continue
    const now = ports.now()
    for (const instant of calendarOf(schedule).between(now + 1, now + AHEAD_MS + 1)) {
      if (!doubted.has(schedule.name) && !isMoved(schedule, instant)) continue
      if (ports.now() >= ports.deadline) return
      const scheduledAt = iso(instant)
      const waveId = waveIdOf({ name: schedule.name, occasion: scheduledAt })
      try {
        await ports.start(`armed-${waveId}`, { schedule: schedule.name, scheduledAt })
        ports.log('armed', { schedule: schedule.name, scheduledAt })
      } catch (error) {
        failed(error)
      }
    }
  }
}

function isMoved({ timezone }: Schedule, instant: number): boolean {
  return elsewhere(timezone, instant) !== instant
}
