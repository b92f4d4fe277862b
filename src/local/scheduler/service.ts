import { AwsError } from '../error.ts'
import { type LocalService, parseJson } from '../http.ts'
import { type Action, checkInput } from '../input.ts'
import { json, type Route, restService } from '../protocols/rest.ts'
import { createScheduleGroup, deleteScheduleGroup, getScheduleGroup, listScheduleGroups } from './groups.ts'
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from './schedules.ts'
import type { SchedulerState } from './state.ts'

/** EventBridge Scheduler: the name in the path, the rest in the query or the body. */
export function schedulerService(state: SchedulerState): LocalService {
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
