import type { Rotation } from '../model/rotation.ts'
import { atDoor, MOST_TEXT } from '../model/text.ts'

/** Attributes of a rotation that hold words, not values. */
const WORDS = ['message', 'requester', 'requestReason', 'override'] as const

/** Twice one text: a message says ours around somebody else's. */
const MOST_WORDS = 2 * MOST_TEXT

/**
 * The same fields with words of a length: a table's item has 400 KB (DynamoDB quotas), and an outcome gets in whatever
 * others had to say of it. Here, too, because this is the last door, and not every way in passes another.
 */
export function withWordsCut<Fields extends Partial<Rotation>>(fields: Fields): Fields {
  const cut = { ...fields }
  for (const name of WORDS) if (cut[name] !== undefined) cut[name] = atDoor(cut[name], MOST_WORDS)
  return cut
}
