import { z } from 'zod'
import { iso } from '../model/time.ts'
import { actionOn } from '../rehearse/secrets-manager/input.ts'
import { type ChangeCalendars, calendarStateAt } from './change-calendar.ts'
import type { LocalService } from './http.ts'
import { jsonService } from './protocols/json.ts'
import { getAutomationExecution, type Runbooks, startAutomationExecution } from './runbooks.ts'

type Context = Runbooks & { changeCalendars: ChangeCalendars; now: () => number }

const Input = z.strictObject({
  CalendarNames: z.array(z.string().min(1)).min(1),
  AtTime: z.iso.datetime({ offset: true }).optional(),
})

const getCalendarState = actionOn<Context>()(
  Input,
  ({ changeCalendars: calendars, now }, { CalendarNames, AtTime }) => {
    const at = AtTime === undefined ? now() : Date.parse(AtTime)
    const { state, next } = calendarStateAt(calendars, CalendarNames, at)
    const NextTransitionTime = next === undefined ? undefined : wholeSeconds(next)
    return { State: state, AtTime: wholeSeconds(at), NextTransitionTime }
  },
)

/** Systems Manager: the state of Change Calendars, and runbooks, no more. */
export function systemsManager(context: Context): LocalService {
  return jsonService({
    name: 'ssm',
    target: 'AmazonSSM',
    title: 'Systems Manager',
    actions: {
      GetCalendarState: getCalendarState,
      StartAutomationExecution: startAutomationExecution,
      GetAutomationExecution: getAutomationExecution,
    },
    context: () => context,
  })
}

/** Whole seconds, as in AWS's examples. */
function wholeSeconds(instant: number): string {
  return iso(instant).replace(/\.\d+Z$/, 'Z')
}
