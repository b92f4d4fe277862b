import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { namesOf } from '../model/resource-names.ts'
import { type Leaving, readLeaving } from '../rotation/leaving.ts'
import { recordsOf } from '../runtime/records.ts'
import { versionIn } from '../schedules/desired.ts'
import type { Planned } from '../schedules/plan.ts'
import { readPlan } from '../schedules/read-plan.ts'
import { type Progress, SILENT } from './progress.ts'

export type Plan = {
  group: string
  configVersion: string
  /** Config versions that live schedules carry. */
  liveVersions: string[]
  planned: Planned[]
}

/** What a deploy at `now` (epoch ms) would do to the live schedules. Throws CannotDo. */
export async function planOf(
  config: Config,
  now: number,
  { progress = SILENT, ...limits }: { progress?: Progress; giveUpMs?: number } = {},
): Promise<Plan> {
  const show = (read: number, all: number) => progress.show(() => `${read} of ${all} schedules`)
  const read = () => readPlan(config, now, show)
  const { live, planned } = await withAws('read the live schedules', read, limits).finally(progress.end)
  const versions = live.map(({ description }) => versionIn(description)).filter((it) => it !== undefined)
  return {
    group: namesOf(config.stage).scheduleGroup,
    configVersion: config.version,
    liveVersions: [...new Set(versions)].sort(),
    planned,
  }
}

/** The rotations under way that a deploy would take the rights from. */
export function leavingOf(config: Config): Promise<Leaving> {
  return readLeaving(config, recordsOf(config.stage).ledger)
}
