import { type LiveSchedule, readSchedules } from '../aws/schedules.ts'
import { settingsFor } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { namesOf } from '../model/resource-names.ts'
import { desiredSchedules } from './desired.ts'
import { type Planned, plan } from './plan.ts'

/** The live schedules, and what a deploy at `now` (epoch ms) would do to them. Throws what the Scheduler answers. */
export async function readPlan(
  config: Config,
  now: number,
  progress?: (read: number, all: number) => void,
): Promise<{ live: LiveSchedule[]; planned: Planned[] }> {
  const { SchedulerClient } = await import('@aws-sdk/client-scheduler')
  const { scheduleGroup, rotateAlias: target, deadLetterQueue } = namesOf(config.stage)
  const client = new SchedulerClient({ ...settingsFor('repeatable') })
  const live = await readSchedules(client, scheduleGroup, progress)
  const planned = plan({
    desired: desiredSchedules(config),
    live,
    version: config.version,
    destination: { target, deadLetterQueue },
    now,
  })
  return { live, planned }
}
