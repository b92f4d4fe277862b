import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { onCannotDo } from '../model/errors.ts'
import { secretKeyOf } from '../model/identity.ts'
import { START_AHEAD_MS } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import { answerTo, onDemandRequest } from '../rotation/rotate-now.ts'
import type { Asked } from '../rotation/rotate-now-event.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { recordsOf } from '../runtime/records.ts'

/** Rotated so shortly ago, ms, that somebody may not know of it yet. */
const LATELY_MS = 600_000

/** Secrets that are looked at: of a large wave nobody reads more lines. */
const MOST = 20

/**
 * What somebody who asks to rotate now may not know: another rotation of the secret is on, or it has just rotated. A
 * sentence each; undefined where the ledger cannot be read, which keeps nobody from rotating. `now`: epoch ms.
 * Throws RequestError.
 */
export async function findBusy(asked: Asked, config: Config, now: number): Promise<string[] | undefined> {
  const request = onDemandRequest(asked, now)
  const { place } = waveOf(request, config)
  const { rotations = [], scheduledAt } = answerTo(request, config)
  if (Date.parse(scheduledAt) > now + START_AHEAD_MS) return []
  const ledger = recordsOf(config.stage).ledger
  const look = async () => {
    const found: string[] = []
    for (const { secret, rotationId } of rotations.slice(0, MOST)) {
      const other = await findOther(secretKeyOf(secret, place), rotationId, ledger, now)
      if (other) found.push(formatOther(secret, other, now))
    }
    return found
  }
  return withAws('read the ledger', look, { giveUpMs: 10_000 }).catch(onCannotDo(() => undefined))
}

async function findOther(
  secretKey: string,
  rotationId: string,
  ledger: Pick<Ledger, 'query'>,
  now: number,
): Promise<Rotation | undefined> {
  const range = { from: iso(now - DAY), to: iso(now + START_AHEAD_MS) }
  for await (const rotation of ledger.query('bySecret', secretKey, range)) {
    if (rotation.rotationId === rotationId) continue
    const { status, rotatedAt } = rotation
    if (status === 'CLAIMED' || status === 'ROTATING') return rotation
    if (rotatedAt !== undefined && Date.parse(rotatedAt) > now - LATELY_MS) return rotation
  }
  return undefined
}

function formatOther(secret: string, rotation: Rotation, now: number): string {
  const { status, schedule, requester, rotatedAt, scheduledAt, claimedAt, startedAt = claimedAt } = rotation
  const whose = requester === undefined ? schedule : `${schedule}, asked for by ${requester}`
  if (status === 'CLAIMED' && Date.parse(scheduledAt) > now)
    return `${secret} is ${status}, to rotate at ${scheduledAt} (${whose})`
  return status === 'CLAIMED' || status === 'ROTATING'
    ? `${secret} is ${status} since ${status === 'CLAIMED' ? claimedAt : startedAt} (${whose})`
    : `${secret} has rotated at ${rotatedAt} (${whose})`
}
