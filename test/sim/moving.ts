import type { KeptRequest } from '../../src/ledger/requests.ts'
import type { Moved } from '../../src/model/exception.ts'
import { runOf } from '../../src/operate/move.ts'

const iso = (at: number) => new Date(at).toISOString()

/** What the command writes for the stage's schedule. Instants are epoch ms. */
export function movingOf({ id, from, to, at }: { id: string; from: number; to: number; at: number }): {
  exception: Moved
  run: Omit<KeptRequest, 'events'>
} {
  const exception = {
    ...{ id, schedule: 'nightly', scheduledAt: iso(from), movedTo: iso(to) },
    ...{ by: 'ana', reason: 'CHG-1', placedAt: iso(at) },
  }
  return { exception, run: runOf(exception) }
}
