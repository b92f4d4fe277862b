import { z } from 'zod'
import { iso } from '../../model/time.ts'
import { AwsError } from '../error.ts'
import { type LocalService, parseJson } from '../http.ts'
import { checkInput } from '../input.ts'
import { type ChangeCalendars, calendarStateAt } from './calendar.ts'

const Input = z.strictObject({
  CalendarNames: z.array(z.string().min(1)).min(1),
  AtTime: z.iso.datetime({ offset: true }).optional(),
})

/** Systems Manager, in AWS JSON 1.1 (`X-Amz-Target: AmazonSSM.ACTION`): the state of Change Calendars, no more. */
export function systemsManager(calendars: ChangeCalendars, now: () => number): LocalService {
  return {
    name: 'ssm',
    recognise(request) {
      const [service, action] = request.header('x-amz-target')?.split('.') ?? []
      return service === 'AmazonSSM' ? action : undefined
    },
    async handle(name, request) {
      if (name !== 'GetCalendarState') {
        const words = `The local Systems Manager does not know the action ${name}.`
        throw new AwsError('UnknownOperationException', words)
      }
      const { CalendarNames, AtTime } = checkInput(
        name,
        Input,
        parseJson(request.body),
        'ValidationException',
      )
      const at = AtTime === undefined ? now() : Date.parse(AtTime)
      const { state, next } = calendarStateAt(calendars, CalendarNames, at)
      const NextTransitionTime = next === undefined ? undefined : wholeSeconds(next)
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({ State: state, AtTime: wholeSeconds(at), NextTransitionTime }),
      }
    },
  }
}

/** Whole seconds, as in AWS's examples. */
function wholeSeconds(instant: number): string {
  return iso(instant).replace(/\.\d+Z$/, 'Z')
}
