import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { iso } from '../model/time.ts'
import type { Permission } from './permission.ts'
import { forEachInPool } from './pool.ts'

/** A schedule as it stands in EventBridge Scheduler. */
export type LiveSchedule = {
  name: string
  expression: string
  timezone: string
  /** ISO instant. */
  startDate?: string
  description?: string
  endDate?: string
  enabled: boolean
  input: string
  targetArn: string
  deadLetterArn?: string
  maximumEventAgeSeconds?: number
  maximumRetryAttempts?: number
  flexible: boolean
  actionAfterCompletion: string
}

export const SCHEDULE_PERMISSIONS = {
  read: [
    { action: 'scheduler:ListSchedules', on: 'any' },
    { action: 'scheduler:GetSchedule', on: 'schedule' },
  ],
} as const satisfies Record<string, Permission[]>

/** Calls under way at once; Scheduler allows hundreds a second. Source: Scheduler User Guide, scheduler-quotas. */
const AT_ONCE = 20

/**
 * Every schedule of a group, as it stands. Empty where there is no such group: nothing was deployed yet. ListSchedules
 * tells names only, so each takes a call of its own; one that vanishes in between is left out.
 */
export async function readSchedules(
  client: SchedulerClient,
  group: string,
  progress: (read: number, all: number) => void = () => {},
): Promise<LiveSchedule[]> {
  const names = await namesIn(client, group)
  const live: LiveSchedule[] = []
  let read = 0
  await forEachInPool(names, AT_ONCE, async (name) => {
    const found = await unlessGone(client.send(new GetScheduleCommand({ GroupName: group, Name: name })))
    if (found) live.push(liveSchedule(found))
    progress(++read, names.length)
  })
  return live
}

async function namesIn(client: SchedulerClient, group: string): Promise<string[]> {
  const names: string[] = []
  let NextToken: string | undefined
  do {
    const page = await unlessGone(
      client.send(
        new ListSchedulesCommand({ GroupName: group, MaxResults: 100, ...(NextToken && { NextToken }) }),
      ),
    )
    for (const { Name } of page?.Schedules ?? []) if (Name !== undefined) names.push(Name)
    NextToken = page?.NextToken
  } while (NextToken !== undefined)
  return names
}

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

function liveSchedule(schedule: GetScheduleCommandOutput): LiveSchedule {
  const { Target, Description, StartDate, EndDate } = schedule
  return {
    name: schedule.Name ?? '',
    expression: schedule.ScheduleExpression ?? '',
    timezone: schedule.ScheduleExpressionTimezone ?? 'UTC',
    enabled: schedule.State !== 'DISABLED',
    input: Target?.Input ?? '',
    targetArn: Target?.Arn ?? '',
    flexible: schedule.FlexibleTimeWindow?.Mode === 'FLEXIBLE',
    actionAfterCompletion: schedule.ActionAfterCompletion ?? 'NONE',
    ...(Description && { description: Description }),
    ...(StartDate && { startDate: iso(StartDate) }),
    ...(EndDate && { endDate: iso(EndDate) }),
    ...(Target?.DeadLetterConfig?.Arn && { deadLetterArn: Target.DeadLetterConfig.Arn }),
    ...(Target?.RetryPolicy?.MaximumEventAgeInSeconds !== undefined && {
      maximumEventAgeSeconds: Target.RetryPolicy.MaximumEventAgeInSeconds,
    }),
    ...(Target?.RetryPolicy?.MaximumRetryAttempts !== undefined && {
      maximumRetryAttempts: Target.RetryPolicy.MaximumRetryAttempts,
    }),
  }
}
