import type { LiveSchedule } from '../aws/schedules.ts'
import { expressionKind } from '../calendar/expression.ts'
import { type DesiredSchedule, MAXIMUM_RETRY_ATTEMPTS, versionIn } from './desired.ts'

/** Where this stage's schedules deliver to, by name: its account and region do not matter to a plan. */
type Destination = {
  /** `NAME:ALIAS` of the orchestrator. */
  target: string
  deadLetterQueue: string
}

type FieldChange = { field: string; live: string; desired: string }

/**
 * What the next deploy would do to one schedule. `drift`: the deployed config is this very one, so somebody or
 * something other than a deploy made the difference. `foreign`: in our group, but not made by us; a deploy leaves it.
 */
export type Planned =
  | { kind: 'create'; name: string; drift: boolean }
  | { kind: 'update'; name: string; drift: boolean; fields: FieldChange[] }
  | { kind: 'delete' | 'unchanged' | 'foreign'; name: string }

type PlanInput = {
  desired: DesiredSchedule[]
  live: LiveSchedule[]
  /** Of the config that `desired` comes from. */
  version: string
  destination: Destination
  /** Epoch ms. */
  now: number
}

/** Desired against live, in the order of names. */
export function plan({ desired, live, version, destination, now }: PlanInput): Planned[] {
  const liveByName = new Map(live.map((schedule) => [schedule.name, schedule]))
  const wanted = new Set(desired.map((schedule) => schedule.name))
  const deployed = live.some((schedule) => versionIn(schedule.description) === version)

  const ours = desired.map((schedule): Planned => {
    const { name } = schedule
    const standing = liveByName.get(name)
    if (!standing) return { kind: 'create', name, drift: deployed }
    const fields = differences(schedule, standing, destination, now)
    if (fields.length === 0) return { kind: 'unchanged', name }
    const standingVersion = versionIn(standing.description)
    return {
      kind: 'update',
      name,
      fields,
      drift: standingVersion === undefined || standingVersion === version,
    }
  })
  const others = live
    .filter((schedule) => !wanted.has(schedule.name))
    .map(({ name, description }): Planned => {
      return { kind: versionIn(description) === undefined ? 'foreign' : 'delete', name }
    })
  return [...ours, ...others].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function differences(
  desired: DesiredSchedule,
  live: LiveSchedule,
  destination: Destination,
  now: number,
): FieldChange[] {
  const changes: FieldChange[] = []
  const compare = (field: string, liveValue: unknown, desiredValue: unknown) => {
    if (liveValue === desiredValue) return
    changes.push({ field, live: text(liveValue), desired: text(desiredValue) })
  }
  compare('expression', live.expression, desired.expression)
  compare('timezone', live.timezone, desired.timezone)
  // One that has passed says nothing any more: an earlier release set some.
  const begins = expressionKind(live.expression) === 'at' ? undefined : live.startDate
  if (begins !== undefined && now < Date.parse(begins)) compare('startDate', begins, undefined)
  compare('endDate', live.endDate, undefined)
  compare('state', state(live.enabled), state(desired.enabled))
  compare('input', live.input, desired.input)
  compare('target', live.targetArn.split(':function:').at(-1), destination.target)
  compare('deadLetterQueue', live.deadLetterArn?.split(':').at(-1), destination.deadLetterQueue)
  compare('maximumEventAgeSeconds', live.maximumEventAgeSeconds, desired.maximumEventAgeSeconds)
  compare('maximumRetryAttempts', live.maximumRetryAttempts, MAXIMUM_RETRY_ATTEMPTS)
  compare('flexibleTimeWindow', live.flexible ? 'FLEXIBLE' : 'OFF', 'OFF')
  compare('actionAfterCompletion', live.actionAfterCompletion, 'NONE')
  // The version inside is how deploys are told apart, not a setting: only a description that is not ours counts.
  if (versionIn(live.description) === undefined) compare('description', live.description, desired.description)
  return changes
}

function state(enabled: boolean): string {
  return enabled ? 'ENABLED' : 'DISABLED'
}

function text(value: unknown): string {
  return value === undefined || value === '' ? '(none)' : String(value)
}
