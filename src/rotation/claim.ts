import { OURS } from '../calendar/zone-difference.ts'
import { handoverTerms } from '../model/handover.ts'
import { secretKeyOf } from '../model/identity.ts'
import { isDead, limitsOf, startDue } from '../model/limits.ts'
import { objectiveTerms } from '../model/objective.ts'
import type { Rotation, Saw } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import { GRACE_MS, watchOther } from './watch.ts'
import type { Wave, WaveTerms } from './wave.ts'

/**
 * Claims the rotation for this execution, and answers with the record: of another one where that has the claim and goes
 * on. But an early run may have died with its claim, and the run on time is the safety net: it watches, and takes over.
 *
 *     02:58  the early run claims, and sleeps until shortly before 03:00
 *     03:00  the run on time finds the claim, and watches it until a minute past the start that was due
 *     03:00  ROTATING: it answers with that record, and ends; or
 *     03:01  still CLAIMED: it takes over. Should the first one wake, it changes nothing any more
 */
export async function claim(
  steps: Steps,
  rotationId: string,
  secret: string,
  wave: Wave,
  ports: Ports,
): Promise<Rotation> {
  const claimed = await steps.step(
    'claim',
    () => ports.ledger.claim({ ...claimOf(rotationId, secret, wave, ports), saw: sawOf(wave) }),
    ledgerRetry,
  )
  if (claimed.executionArn === ports.executionArn || claimed.status !== 'CLAIMED') return claimed

  const watched = await watchOther<Rotation>(
    steps,
    'watch the claim',
    {
      initial: claimed,
      since: Date.parse(claimed.claimedAt),
      until: startDue(claimed, claimed.limits ?? limitsOf(wave)) + GRACE_MS,
      look: async (last) => (await ports.ledger.get(rotationId)) ?? last,
      isOver: (rotation) => rotation.status !== 'CLAIMED' || isDead(rotation),
      failed: (error) => ports.log('could not read the ledger', { rotationId, error }),
    },
    ports,
  )
  if (watched.status !== 'CLAIMED') return watched
  return steps.step(
    'take over',
    () => ports.ledger.takeOver(rotationId, watched.executionArn, ports.executionArn, iso(ports.now())),
    ledgerRetry,
  )
}

function sawOf({ deliveredLateMs }: Wave): Saw {
  return { node: process.versions.node, ...(deliveredLateMs !== undefined && { deliveredLateMs }) }
}

/** The record of a rotation as it begins. */
export function claimOf(
  rotationId: string,
  secret: string,
  wave: WaveTerms,
  ports: Pick<Ports, 'now' | 'executionArn'> & { config: { version: string } },
) {
  return {
    rotationId,
    schedule: wave.name,
    secret,
    secretName: secretKeyOf(secret, wave.place),
    ...(wave.place?.account !== undefined && { account: wave.place.account }),
    ...(wave.place?.region !== undefined && { region: wave.place.region }),
    scheduledAt: wave.scheduledAt,
    trigger: wave.trigger,
    ...(wave.moved !== undefined && { moved: wave.moved }),
    ...(wave.trigger === 'ON_DEMAND' && { requestId: wave.occasion }),
    ...(wave.requester !== undefined && { requester: wave.requester }),
    ...(wave.caller !== undefined && { caller: wave.caller }),
    ...(wave.requestReason !== undefined && { requestReason: wave.requestReason }),
    ...(wave.override !== undefined && { override: wave.override }),
    ...(wave.overrideApproval !== undefined && { overrideApproval: wave.overrideApproval }),
    ...(wave.approval !== undefined && { approval: wave.approval }),
    claimedAt: iso(ports.now()),
    executionArn: ports.executionArn,
    configVersion: ports.config.version,
    ...(wave.trigger !== 'ON_DEMAND' && !wave.moved && { zoneData: OURS.release }),
    ...(wave.delivery && { deliveredFor: wave.delivery.for }),
    limits: {
      ...limitsOf(wave),
      ...handoverTerms(secret, wave),
      ...objectiveTerms(wave.trigger, wave.objective),
    },
    sending: null,
  }
}
