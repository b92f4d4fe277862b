import { createHash } from 'node:crypto'
import type { WrittenDeed } from './caller.ts'
import type { Exception } from './exception.ts'
import type { Hold } from './hold.ts'

/**
 * What people write to the table, as a proof of theirs names it: `ID/HASH`, of what exactly was done. Whoever rewrites it
 * afterwards makes it a deed that nobody has signed. Decision 0173.
 */
export type Written = { deed: WrittenDeed; id: string }

export function holdDeed({ id, scope, kind, reason, by, placedAt, until }: Hold): Written {
  return written('hold', id, [scope, kind, reason, by, placedAt, until])
}

export function releaseDeed({ id, scope, releasedAt, releasedBy }: Hold): Written {
  return written('release', id, [scope, releasedAt, releasedBy])
}

/** A skip, or a move, whichever of its two instants it is read at. */
export function exceptionDeed({
  id,
  schedule,
  scheduledAt,
  movedTo,
  movedFrom,
  by,
  reason,
}: Pick<Exception, 'id' | 'schedule' | 'scheduledAt' | 'movedTo' | 'movedFrom'> & {
  by: string | undefined
  reason: string | undefined
}): Written {
  const to = movedFrom === undefined ? movedTo : scheduledAt
  return written(to === undefined ? 'skip' : 'move', id, [schedule, movedFrom ?? scheduledAt, to, by, reason])
}

/** Of a planned run, a skip or a move. */
export function cancelDeed(
  id: string,
  { at, by, reason }: { at: string; by: string; reason?: string },
): Written {
  return written('cancel', id, [at, by, reason])
}

function written(deed: WrittenDeed, id: string, what: unknown[]): Written {
  return { deed, id: `${id}/${createHash('sha256').update(JSON.stringify(what)).digest('hex')}` }
}
