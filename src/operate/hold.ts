import { randomBytes } from 'node:crypto'
import { withAws } from '../aws/with-aws.ts'
import type { Holds } from '../ledger/holds.ts'
import { holdDeed, releaseDeed } from '../model/deeds.ts'
import { AwsFailed, CannotDo } from '../model/errors.ts'
import type { Hold, Scope } from '../model/hold.ts'
import { shortId } from '../model/short-id.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { provedHolds } from '../report/proved.ts'
import { recordsOf } from '../runtime/records.ts'
import { operatorAtAws } from './operator.ts'
import { proveDeed } from './prove.ts'
import { reasonAtDoor } from './reason.ts'

/** Those in force. `now`: epoch ms. Throws CannotDo. */
function holdsInForce(stage: string, now: number): Promise<Hold[]> {
  return withAws('read the holds', () => holdRecords(stage).inForce(iso(now)))
}

/** The same with whose they are. Throws CannotDo. */
export function holdsToShow(stage: string, now: number): Promise<Hold[]> {
  const { holds, callers } = recordsOf(stage, { purpose: 'patient' })
  return withAws('read the holds', async () => provedHolds(await holds.inForce(iso(now)), callers, now))
}

/** Those in force of any of these scopes. `now`: epoch ms. Throws CannotDo. */
export function holdsCovering(stage: string, scopes: Scope[], now: number): Promise<Hold[]> {
  return withAws('read the holds', () => holdRecords(stage).covering(scopes, iso(now)))
}

/**
 * The hold of an id, if it is in force. The index may not show yet what was placed a moment ago: then the items of these
 * scopes are read themselves. `now`: epoch ms. Throws CannotDo.
 */
export async function findHold(
  stage: string,
  id: string,
  scopes: Scope[],
  now: number,
): Promise<Hold | undefined> {
  const isMeant = (hold: Hold) => hold.id === id
  return (
    (await holdsInForce(stage, now)).find(isMeant) ?? (await holdsCovering(stage, scopes, now)).find(isMeant)
  )
}

/**
 * Places a hold for whoever is at the keyboard. `now` and `until`: epoch ms. `beside`: those of its scope that were in
 * force before, and stay. `claim`: why it will not be proved who placed it. Throws CannotDo.
 */
export async function placeHold(
  stage: string,
  { scope, reason, until }: { scope: Scope; reason: string; until?: number },
  now: number,
): Promise<{ placed: Hold; beside: Hold[]; claim?: string | undefined }> {
  const why = reasonAtDoor(reason, 'everybody who is held up will read it')
  if (until !== undefined && until <= now)
    throw new CannotDo(`${iso(until)} has passed`, {
      hint: 'a hold ends later than now, or when it is released',
    })
  const hold = {
    ...{
      id: shortId(randomBytes(6)),
      scope,
      reason: why,
      by: atDoor(await operatorAtAws()),
      placedAt: iso(now),
    },
    ...(until !== undefined && { until: iso(until) }),
  }
  const placing = await withAws('place the hold', () => holdRecords(stage).place(hold)).catch((error) => {
    throw error instanceof AwsFailed ? notPlaced(error) : error
  })
  if ('full' in placing)
    throw new CannotDo(
      `${placing.full.length} holds of ${scope} are in force: there is no room for another`,
      {
        hint: `it is held ${untilOf(placing.full)}. Release one that is no longer needed, or name a narrower scope`,
      },
    )
  return { ...placing, claim: await proveDeed(stage, holdDeed(placing.placed), now) }
}

/**
 * Releases this hold for whoever is at the keyboard; undefined where it is not in force. `now`: epoch ms. `claim`: why it
 * will not be proved who released it. Throws CannotDo.
 */
export async function releaseHold(
  stage: string,
  { scope, id }: Pick<Hold, 'scope' | 'id'>,
  now: number,
): Promise<{ released: Hold; claim: string | undefined } | undefined> {
  const by = atDoor(await operatorAtAws())
  const released = await withAws('release the hold', () =>
    holdRecords(stage).release(scope, id, by, iso(now)),
  )
  return released && { released, claim: await proveDeed(stage, releaseDeed(released), now) }
}

/** Whoever holds or releases waits, rather than doing it all again, while the table is throttled. */
function holdRecords(stage: string): Holds {
  return recordsOf(stage, { purpose: 'patient' }).holds
}

/** It is an emergency: what can be done without the table is said at once. */
function notPlaced({ message, hint, cause }: AwsFailed): AwsFailed {
  const byHand =
    'to stop everything without the table: node_modules/aws-tourbillon/docs/operations.md, "When the ledger cannot be read"'
  return new AwsFailed(message, { hint: `${hint}; ${byHand}`, cause })
}

/** How long holds last, all together. */
function untilOf(holds: Hold[]): string {
  const ends = holds.map(({ until }) => until)
  return ends.includes(undefined) ? 'until they are released' : `until ${ends.sort().at(-1)}, and no longer`
}
