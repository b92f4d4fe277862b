import { CannotDo } from '../model/errors.ts'
import { atDoor, says } from '../model/text.ts'

/** Characters of a reason: the record of each rotation that it is about has it. */
export const MOST_REASON = 1_000

/** A reason as it is kept. `why`: who will read it, for whoever gave none. Throws CannotDo. */
export function reasonAtDoor(text: string, why: string): string {
  const reason = text.trim()
  if (!says(reason)) throw new CannotDo('why?', { hint: `add --reason TEXT: ${why}` })
  if (reason.length > MOST_REASON)
    throw new CannotDo(`the reason has ${reason.length} characters; ${MOST_REASON} at most`, {
      hint: 'name the incident or the change, and leave the rest to its ticket',
    })
  return atDoor(reason)
}
