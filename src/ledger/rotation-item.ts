import { type Rotation, SETTLED } from '../model/rotation.ts'
import { atDoor, MOST_TEXT } from '../model/text.ts'
import type { Item } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** A rotation as the table has it: with what keys, indexes and expiry need. */
export function itemOf(rotation: Rotation): Item {
  return {
    ...rotation,
    id: rotation.rotationId,
    day: rotation.scheduledAt.slice(0, 10),
    ...(!SETTLED.includes(rotation.status) && { unsettled: 'yes' }),
    [TTL_ATTRIBUTE]: expiryOf(rotation.claimedAt),
  }
}

export function toRotation(item: Item): Rotation {
  const { id: _id, day: _day, unsettled: _unsettled, [TTL_ATTRIBUTE]: _ttl, ...rotation } = item
  return rotation as Rotation
}

/** Attributes of a rotation that hold text. */
const TEXTS = ['message', 'requester', 'requestReason', 'override', 'overrideApproval'] as const

/** Twice one text: a message says ours around somebody else's. */
const MOST_ATTRIBUTE = 2 * MOST_TEXT

/**
 * The same fields, their texts cut to a length: a table's item has 400 KB (DynamoDB quotas), and an outcome gets in
 * whatever others had to say of it. Here, too, because this is the last door, and not every way in passes another.
 */
export function truncateTexts<Fields extends Partial<Rotation>>(fields: Fields): Fields {
  const cut = { ...fields }
  for (const name of TEXTS) if (cut[name] !== undefined) cut[name] = atDoor(cut[name], MOST_ATTRIBUTE)
  return cut
}
