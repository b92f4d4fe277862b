import { calendarOf } from '../calendar/calendar.ts'
import { iso } from '../model/time.ts'
import { askAhead } from '../rotation/approval.ts'
import { waveOf } from '../rotation/wave-request.ts'
import type { AuditPorts } from './ports.ts'

/** Of one schedule, so that a day's notice of what runs every minute cannot take the whole run. */
const MOST = 50

/**
 * Asks for the approvals that are wanted ahead of time: the audit knows the occurrences to come, and passes often
 * enough. Asking twice is asking once.
 */
export async function askForApprovals(ports: AuditPorts, failed: (error: unknown) => void): Promise<void> {
  for (const schedule of ports.config.schedules) {
    const { approval, name } = schedule
    if (approval?.noticeSeconds === undefined) continue
    const now = ports.now()
    const coming = calendarOf(schedule).between(now + 1, now + approval.noticeSeconds * 1_000 + 1)
    let left = MOST
    for (const instant of coming) {
      if (left-- === 0) break
      if (ports.now() >= ports.deadline) return
      const scheduledAt = iso(instant)
      try {
        await askAhead(waveOf({ schedule: name, scheduledAt }, ports.config), approval, ports)
      } catch (error) {
        failed(error)
      }
    }
  }
}
