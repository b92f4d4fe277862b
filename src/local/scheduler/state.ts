import { AwsError, invalid } from '../../rehearse/secrets-manager/error.ts'
import { actionOn } from '../../rehearse/secrets-manager/input.ts'
import type { Schedule } from './schedule.ts'

export type Group = { name: string; createdAt: number }

export type SchedulerState = {
  groups: Map<string, Group>
  /** By `group/name`. */
  schedules: Map<string, Schedule>
  now(): number
  /** See `Habits`. */
  zoneOf?: (timezone: string) => string
  /** Called with what a schedule is from now on, `undefined` when it is gone. */
  changed(key: string, schedule: Schedule | undefined): void
}

export const action = actionOn<SchedulerState>()

export function putSchedule(state: SchedulerState, schedule: Schedule) {
  const key = keyOf(schedule)
  state.schedules.set(key, schedule)
  state.changed(key, schedule)
}

export function removeSchedule(state: SchedulerState, schedule: Schedule) {
  const key = keyOf(schedule)
  if (state.schedules.get(key) !== schedule) return
  state.schedules.delete(key)
  state.changed(key, undefined)
}

export function findSchedule(state: SchedulerState, name: string, group = 'default'): Schedule {
  const schedule = state.schedules.get(`${group}/${name}`)
  if (!schedule) throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404)
  return schedule
}

export function findGroup(state: SchedulerState, name: string): Group {
  const group = state.groups.get(name)
  if (!group) throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404)
  return group
}

const keyOf = (schedule: Schedule) => `${schedule.group}/${schedule.name}`

/** One page of a sorted list; the token is where the next one starts. */
export function page<T>(
  items: T[],
  token: string | undefined,
  size = 100,
): { items: T[]; NextToken?: string } {
  const from = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(from) || from < 0) throw invalid('Invalid NextToken.')
  const to = from + size
  return { items: items.slice(from, to), ...(to < items.length ? { NextToken: String(to) } : {}) }
}
