import { withAws } from '../aws/with-aws.ts'
import { calendarOf } from '../calendar/calendar.ts'
import type { Config } from '../config/config.ts'
import { type Exception, isMoved } from '../model/exception.ts'
import { namesOf } from '../model/resource-names.ts'
import { asError } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { readPlanned } from '../report/readings.ts'
import { type Leaving, readLeaving } from '../rotation/leaving.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
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

/** One that people have skipped or moved, and what of it this config does not know. */
export type ByHand = { exception: Exception; problem?: string }

/** What is skipped or moved, to come: a deploy changes nothing of it, but may take what it is about. */
export async function exceptionsToCome(
  config: Config,
  now: number,
): Promise<{ found: ByHand[]; unknown?: string }> {
  const { exceptions, requests } = recordsOf(config.stage)
  try {
    const runs = (await readPlanned(requests, now)).map((it) => JSON.parse(it.payload) as OnDemandRequest)
    const moved = await Promise.all(
      runs.flatMap(({ schedule = '', movedFrom }) => (movedFrom ? [exceptions.at(schedule, movedFrom)] : [])),
    )
    const skipped = (await exceptions.between(iso(now), '9999')).filter(
      (it) => it.cancelledAt === undefined && !isMoved(it),
    )
    const all = [...moved.filter((it) => it !== undefined), ...skipped]
    return { found: all.map((exception) => ({ exception, ...problemOf(exception, config) })) }
  } catch (error) {
    const { name, message } = asError(error)
    // No table: nothing was deployed.
    return name === 'ResourceNotFoundException'
      ? { found: [] }
      : { found: [], unknown: `${name}: ${message}` }
  }
}

function problemOf({ schedule: name, scheduledAt }: Exception, { schedules }: Config): { problem?: string } {
  const schedule = schedules.find((it) => it.name === name)
  if (schedule === undefined)
    return {
      problem:
        'no such schedule in this config: nothing of it rotates, and it bars no other with its secrets',
    }
  if (!schedule.enabled) return { problem: 'disabled by this config: nothing of it rotates' }
  const at = Date.parse(scheduledAt)
  return calendarOf(schedule).next(at - 1) === at
    ? {}
    : { problem: 'by this config it has no occurrence then' }
}

/** The rotations under way that a deploy would take the rights from. */
export function leavingOf(config: Config): Promise<Leaving> {
  return readLeaving(config, recordsOf(config.stage).ledger)
}
