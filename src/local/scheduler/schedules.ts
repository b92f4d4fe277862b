import { z } from 'zod'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { buildSchedule, Definition, Name, type Schedule } from './schedule.ts'
import { action, findGroup, findSchedule, page, putSchedule, removeSchedule } from './state.ts'

const Named = Definition.extend({ Name })
const Reference = z.strictObject({
  Name,
  groupName: Name.optional(),
  clientToken: z.string().max(64).optional(),
})
const ListInput = z.strictObject({
  ScheduleGroup: Name.optional(),
  NamePrefix: Name.optional(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  NextToken: z.string().optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).optional(),
})

/** The same ClientToken again is the same request: it answers as the first time. */
export const createSchedule = action(Named, (state, { Name, ...definition }) => {
  const schedule = buildSchedule(Name, definition, state)
  findGroup(state, schedule.group)
  const existing = state.schedules.get(`${schedule.group}/${Name}`)
  if (existing) {
    const token = definition.ClientToken
    if (token !== undefined && token === existing.definition.ClientToken) return { ScheduleArn: existing.arn }
    throw new AwsError('ConflictException', `Schedule ${Name} already exists.`, 409)
  }
  putSchedule(state, schedule)
  return { ScheduleArn: schedule.arn }
})

/** Replaces the whole definition: what is left out goes back to its default (API reference, UpdateSchedule). */
export const updateSchedule = action(Named, (state, { Name, ...definition }) => {
  const existing = findSchedule(state, Name, definition.GroupName)
  const schedule = buildSchedule(Name, definition, state, existing.createdAt)
  putSchedule(state, schedule)
  return { ScheduleArn: schedule.arn }
})

export const deleteSchedule = action(Reference, (state, input) => {
  removeSchedule(state, findSchedule(state, input.Name, input.groupName))
  return {}
})

export const getSchedule = action(Reference, (state, input) => {
  const schedule = findSchedule(state, input.Name, input.groupName)
  const { ClientToken: _, ...definition } = schedule.definition
  return {
    ...summary(schedule),
    ScheduleExpressionTimezone: 'UTC',
    ActionAfterCompletion: 'NONE',
    ...definition,
    State: stateOf(schedule),
    GroupName: schedule.group,
    Target: {
      ...definition.Target,
      RetryPolicy: {
        MaximumEventAgeInSeconds: 86_400,
        MaximumRetryAttempts: 185,
        ...definition.Target.RetryPolicy,
      },
    },
  }
})

export const listSchedules = action(ListInput, (state, input) => {
  if (input.ScheduleGroup !== undefined) findGroup(state, input.ScheduleGroup)
  const wanted = [...state.schedules.values()]
    .filter((it) => input.ScheduleGroup === undefined || it.group === input.ScheduleGroup)
    .filter((it) => it.name.startsWith(input.NamePrefix ?? ''))
    .filter((it) => input.State === undefined || stateOf(it) === input.State)
    .sort((a, b) => (a.arn < b.arn ? -1 : 1))
  const { items, ...rest } = page(wanted, input.NextToken, input.MaxResults)
  const Schedules = items.map((it) => ({ ...summary(it), Target: { Arn: it.definition.Target.Arn } }))
  return { Schedules, ...rest }
})

const stateOf = (schedule: Schedule) => schedule.definition.State ?? 'ENABLED'

function summary(schedule: Schedule) {
  return {
    Arn: schedule.arn,
    Name: schedule.name,
    GroupName: schedule.group,
    State: stateOf(schedule),
    CreationDate: schedule.createdAt / 1000,
    LastModificationDate: schedule.modifiedAt / 1000,
  }
}
