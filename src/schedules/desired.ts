import type { Config, Schedule } from '../config/config.ts'
import { counted } from '../model/counts.ts'
import { EARLY_MS } from '../model/limits.ts'
import { earlyName } from '../model/resource-names.ts'
import { earlyTimings } from './early.ts'
import { type Timing, timingOf } from './timing.ts'

/** A schedule as it should stand in EventBridge Scheduler, apart from the ARNs that only a deployed stack has. */
export type DesiredSchedule = Timing & {
  name: string
  description: string
  enabled: boolean
  /** JSON with Scheduler's context attributes in it. */
  input: string
  /** How long Scheduler goes on trying to deliver. */
  maximumEventAgeSeconds: number
}

/** Retries are free and end with the event's age: Scheduler's own maximum. Source: API reference, RetryPolicy. */
export const MAXIMUM_RETRY_ATTEMPTS = 185

/** Source: API reference, RetryPolicy. */
const EVENT_AGE = { min: 60, max: 86_400 }

/** Every schedule of a config: each entry, followed by its early companions where it wants the second. */
export function desiredSchedules(config: Config): DesiredSchedule[] {
  return config.schedules.flatMap((schedule) => {
    const shared = { enabled: schedule.enabled, description: describe(config, schedule) }
    const onTime = {
      ...shared,
      ...timingOf(schedule),
      name: schedule.name,
      input: inputOf(schedule.name, false),
      maximumEventAgeSeconds: eventAge(schedule.windowSeconds),
    }
    if (schedule.precision !== 'second') return [onTime]
    const companions = earlyTimings(schedule).map((timing, index) => ({
      ...shared,
      ...timing,
      name: earlyName(schedule.name, index + 1),
      input: inputOf(schedule.name, true),
      // A companion that comes after the instant is of no use: the on-time schedule has fired.
      maximumEventAgeSeconds: eventAge(EARLY_MS / 1000),
    }))
    return [onTime, ...companions]
  })
}

/**
 * The event that the orchestrator gets. Scheduler replaces the attribute with the instant it fires for, in UTC.
 * Source: Scheduler User Guide, managing-schedule-context-attributes. Nothing that differs between two attempts
 * belongs in here: the same occurrence must be the same event.
 */
export function inputOf(schedule: string, early: boolean): string {
  return JSON.stringify({
    schedule,
    scheduledAt: '<aws.scheduler.scheduled-time>',
    ...(early && { leadSeconds: EARLY_MS / 1000 }),
  })
}

function eventAge(seconds: number): number {
  return Math.min(Math.max(seconds, EVENT_AGE.min), EVENT_AGE.max)
}

/** Scheduler shows it beside the schedule; it also says that the schedule is ours, and of which config. */
function describe(config: Config, schedule: Schedule): string {
  const secrets = schedule.select ? 'secrets by selector' : counted(schedule.secrets.length, 'secret')
  const owner = schedule.owner === undefined ? '' : `, owner ${schedule.owner}`
  return `Tourbillon ${config.stage}: ${secrets}${owner}, config ${config.version}`
}

/** The config version in a description that we wrote; undefined in one that we did not. */
export function versionIn(description: string | undefined): string | undefined {
  return /^Tourbillon [^:]+: .*, config ([0-9a-f]+)$/.exec(description ?? '')?.[1]
}
