import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Refusal } from '../model/reasons.ts'
import { asError, atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import type { Permission } from './permission.ts'

/**
 * What AWS Systems Manager says of some Change Calendars together: OPEN only where all are. `next`: when that changes,
 * in AWS's own words (ISO 8601). A refusal: they cannot be read, and no later try would help.
 * Source: Systems Manager API reference, GetCalendarState.
 */
export type CalendarState = { state: 'OPEN' | 'CLOSED'; next?: string | undefined } | { refusal: Refusal }

/** Asks for the state of these calendars at an instant (epoch ms). Rejects with what a later try may settle. */
export type ReadCalendars = (names: string[], at: number) => Promise<CalendarState>

/** Source: Service Authorization Reference, AWS Systems Manager: the resource is the calendar's document. */
export const CALENDAR_PERMISSIONS = {
  read: [{ action: 'ssm:GetCalendarState', on: 'Change Calendar' }],
} as const satisfies Record<string, Permission[]>

/** Asks with a client that is made at the first question: most configs name no calendar, and never load it. */
export function createChangeCalendarReader(open: () => Promise<SSMClient>): ReadCalendars {
  let client: Promise<SSMClient> | undefined
  return async (names, at) => {
    const { GetCalendarStateCommand } = await import('./late-ssm.ts')
    client ??= open()
    // Whole seconds: the form that AWS's own examples have.
    const AtTime = iso(at).replace(/\.\d+Z$/, 'Z')
    try {
      const answer = await (await client).send(new GetCalendarStateCommand({ CalendarNames: names, AtTime }))
      const { State, NextTransitionTime } = answer
      // Whatever else AWS may say one day is not a permission.
      return { state: State === 'OPEN' ? 'OPEN' : 'CLOSED', next: NextTransitionTime }
    } catch (error) {
      return { refusal: refusalOrThrow(error, names) }
    }
  }
}

const REMEDIES: Record<string, string> = {
  InvalidDocument: 'correct `changeCalendars` in the config, or create the calendar in this region',
  InvalidDocumentType: '`changeCalendars` must name documents of the type ChangeCalendar',
  UnsupportedCalendarException: 'mend the calendar’s content in Systems Manager',
  ValidationException: 'correct `changeCalendars` in the config',
  AccessDeniedException:
    'deploy again: the orchestrator’s role gets ssm:GetCalendarState on the configured calendars; one of another account must be shared with this one',
}

/** Matched by code only. Rethrows everything that a later try may settle. */
function refusalOrThrow(error: unknown, names: string[]): Refusal {
  const { name, message } = asError(error)
  const remedy = REMEDIES[name]
  if (remedy === undefined) throw error
  return {
    reason: 'CALENDAR_UNREADABLE',
    message: `Change Calendar ${names.join(', ')}: AWS answered ${name}: ${atDoor(message)}. What to do: ${remedy}`,
  }
}
