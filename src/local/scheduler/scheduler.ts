import type { LocalService } from '../http.ts'
import { type Delivery, deliver } from './deliver.ts'
import { firing } from './firing.ts'
import { schedulerService } from './service.ts'
import { removeSchedule, type SchedulerState } from './state.ts'

/** EventBridge Scheduler: the API, and the clock behind it. */
export function scheduler(
  options: Delivery & { jitterMs(): number; background(work: () => Promise<void>): void },
): LocalService & { stop(): void } {
  const clock = firing({
    now: options.now,
    jitterMs: options.jitterMs,
    fire: (schedule, scheduledAt) => options.background(() => deliver(options, schedule, scheduledAt)),
    completed(schedule) {
      if (schedule.definition.ActionAfterCompletion === 'DELETE') removeSchedule(state, schedule)
    },
  })
  const state: SchedulerState = {
    groups: new Map([['default', { name: 'default', createdAt: options.now() }]]),
    schedules: new Map(),
    now: options.now,
    changed: clock.changed,
  }
  return { ...schedulerService(state), stop: clock.stop }
}
