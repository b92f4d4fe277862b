import { AwsError, unsupported } from '../error.ts'
import { type LocalRequest, type LocalService, parseJson } from '../http.ts'
import { type Action, checkInput } from '../input.ts'
import { createScheduleGroup, deleteScheduleGroup, getScheduleGroup, listScheduleGroups } from './groups.ts'
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from './schedules.ts'
import type { SchedulerState } from './state.ts'

const ROUTES: [method: string, path: RegExp, name: string, action: Action<SchedulerState>][] = [
  ['POST', /^\/schedules\/([^/]+)$/, 'CreateSchedule', createSchedule],
  ['PUT', /^\/schedules\/([^/]+)$/, 'UpdateSchedule', updateSchedule],
  ['DELETE', /^\/schedules\/([^/]+)$/, 'DeleteSchedule', deleteSchedule],
  ['GET', /^\/schedules\/([^/]+)$/, 'GetSchedule', getSchedule],
  ['GET', /^\/schedules$/, 'ListSchedules', listSchedules],
  ['POST', /^\/schedule-groups\/([^/]+)$/, 'CreateScheduleGroup', createScheduleGroup],
  ['DELETE', /^\/schedule-groups\/([^/]+)$/, 'DeleteScheduleGroup', deleteScheduleGroup],
  ['GET', /^\/schedule-groups\/([^/]+)$/, 'GetScheduleGroup', getScheduleGroup],
  ['GET', /^\/schedule-groups$/, 'ListScheduleGroups', listScheduleGroups],
]

/** EventBridge Scheduler, in REST JSON: the name in the path, the rest in the query or the body. */
export function schedulerService(state: SchedulerState): LocalService {
  const route = ({ method, path }: Pick<LocalRequest, 'method' | 'path'>) =>
    ROUTES.find(([routeMethod, pattern]) => routeMethod === method && pattern.test(path))
  return {
    name: 'scheduler',
    recognise: (request) => route(request)?.[2],
    async handle(name, request) {
      const found = route(request)
      if (!found) throw unsupported(name)
      const [, pattern, , action] = found
      const body = parseJson(request.body)
      if (typeof body !== 'object' || body === null) {
        throw new AwsError('SerializationException', 'The request body is not a JSON object.')
      }
      const pathName = pattern.exec(request.path)?.[1]
      const input = checkInput(
        name,
        action.input,
        {
          ...body,
          ...Object.fromEntries(request.query),
          ...(pathName ? { Name: decodeURIComponent(pathName) } : {}),
        },
        'ValidationException',
      )
      return { status: 200, body: JSON.stringify(action.run(state, input)) }
    },
  }
}
