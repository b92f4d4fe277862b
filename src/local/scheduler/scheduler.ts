import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { type Action, checkInput } from '../../rehearse/secrets-manager/input.ts'
import { type LocalService, parseJson } from '../http.ts'
import { json, type Route, restService } from '../protocols/rest.ts'
import { type Delivery, deliver } from './deliver.ts'
import { firing } from './firing.ts'
import { createScheduleGroup, deleteScheduleGroup, getScheduleGroup, listScheduleGroups } from './groups.ts'
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from './schedules.ts'
import { removeSchedule, type SchedulerState } from './state.ts'

/** EventBridge Scheduler: the API, and the clock behind it. */
export function scheduler(
  options: Delivery & {
    zoneOf?: SchedulerState['zoneOf']
    jitterMs(): number
    background(work: () => Promise<void>): void
  },
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
    ...(options.zoneOf && { zoneOf: options.zoneOf }),
    changed: clock.changed,
  }
  return { ...schedulerService(state), stop: clock.stop }
}

/** The name in the path, the rest in the query or the body. */
function schedulerService(state: SchedulerState): LocalService {
  const routeOf = (
    method: string,
    path: RegExp,
    name: string,
    { input, run }: Action<SchedulerState>,
  ): Route => [
    method,
    path,
    name,
    (request, id) => {
      const body = parseJson(request.body)
      if (typeof body !== 'object' || body === null) {
        throw new AwsError('SerializationException', 'The request body is not a JSON object.')
      }
      const asked = { ...body, ...Object.fromEntries(request.query), ...(id && { Name: id }) }
      return json(run(state, checkInput(name, input, asked, 'ValidationException')) as object)
    },
  ]
  return restService('scheduler', [
    routeOf('POST', /^\/schedules\/([^/]+)$/, 'CreateSchedule', createSchedule),
    routeOf('PUT', /^\/schedules\/([^/]+)$/, 'UpdateSchedule', updateSchedule),
    routeOf('DELETE', /^\/schedules\/([^/]+)$/, 'DeleteSchedule', deleteSchedule),
    routeOf('GET', /^\/schedules\/([^/]+)$/, 'GetSchedule', getSchedule),
    routeOf('GET', /^\/schedules$/, 'ListSchedules', listSchedules),
    routeOf('POST', /^\/schedule-groups\/([^/]+)$/, 'CreateScheduleGroup', createScheduleGroup),
    routeOf('DELETE', /^\/schedule-groups\/([^/]+)$/, 'DeleteScheduleGroup', deleteScheduleGroup),
    routeOf('GET', /^\/schedule-groups\/([^/]+)$/, 'GetScheduleGroup', getScheduleGroup),
    routeOf('GET', /^\/schedule-groups$/, 'ListScheduleGroups', listScheduleGroups),
  ])
}
