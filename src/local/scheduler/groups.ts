import { z } from 'zod'
import { AwsError, invalid } from '../../rehearse/secrets-manager/error.ts'
import { ACCOUNT, REGION } from '../arn.ts'
import { Name } from './schedule.ts'
import { action, findGroup, type Group, page, removeSchedule } from './state.ts'

const Reference = z.strictObject({ Name, ClientToken: z.string().max(64).optional() })
const Deletion = z.strictObject({ Name, clientToken: z.string().max(64).optional() })
const ListInput = z.strictObject({
  NamePrefix: Name.optional(),
  NextToken: z.string().optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).optional(),
})

export const createScheduleGroup = action(Reference, (state, input) => {
  if (state.groups.has(input.Name)) {
    throw new AwsError('ConflictException', `Schedule group ${input.Name} already exists.`, 409)
  }
  const group = { name: input.Name, createdAt: state.now() }
  state.groups.set(group.name, group)
  return { ScheduleGroupArn: arnOf(group) }
})

/** Its schedules go with it, at once: AWS takes a while and may still fire them. */
export const deleteScheduleGroup = action(Deletion, (state, input) => {
  const group = findGroup(state, input.Name)
  if (group.name === 'default') {
    throw invalid('The default schedule group cannot be deleted.')
  }
  for (const schedule of [...state.schedules.values()].filter((it) => it.group === group.name)) {
    removeSchedule(state, schedule)
  }
  state.groups.delete(group.name)
  return {}
})

export const getScheduleGroup = action(Reference, (state, input) => describe(findGroup(state, input.Name)))

export const listScheduleGroups = action(ListInput, (state, input) => {
  const wanted = [...state.groups.values()]
    .filter((group) => group.name.startsWith(input.NamePrefix ?? ''))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const { items, ...rest } = page(wanted, input.NextToken, input.MaxResults)
  return { ScheduleGroups: items.map(describe), ...rest }
})

const arnOf = (group: Group) => `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/${group.name}`

function describe(group: Group) {
  return {
    Arn: arnOf(group),
    Name: group.name,
    State: 'ACTIVE',
    CreationDate: group.createdAt / 1000,
    LastModificationDate: group.createdAt / 1000,
  }
}
