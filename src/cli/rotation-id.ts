import { CannotDo } from '../model/errors.ts'
import { LONGEST_ID } from '../model/identity.ts'
import { oneLine } from '../model/text.ts'
import { SHORTEST_ID } from '../operate/history.ts'

/** A rotation's id, or its beginning, as it is typed. Throws CannotDo. */
export function rotationIdIn(id: string): { id: string } {
  if (id.length < SHORTEST_ID || id.length > LONGEST_ID) {
    throw new CannotDo(`"${oneLine(id)}" is no rotation's id`, {
      hint: `ids are like 28e2bcee-b53c-5469-acce-b9ca7dd84e52, or the first ${SHORTEST_ID} characters of one, at least; for the latest of a secret, show --secret`,
    })
  }
  return { id }
}
