import { OURS } from '../calendar/zone-difference.ts'
import { secretKeyOf } from '../model/identity.ts'
import { isDead, limitsOf, startDue } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { ledgerRetry } from './ledger-retry.ts'
import type { Ports } from './ports.ts'
import type { Wave, WaveTerms } from './wave.ts'

/** After a run should have started its rotation, for it to do so. */
export const GRACE_MS = 60_000

/** Between two looks at another run's claim, seconds. */
const LOOK_SECONDS = 15

/**
 * Claims the rotation for this execution. Where another one has it, that one normally goes on and this one ends. But
 * an early run may have died with its claim: the on-time run is the safety net, so it watches the claim past the
 * instant and takes it over if nothing happens. The first one, should it wake, then changes nothing any more, and
 * both would ask Secrets Manager for the same version.
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
    () => ports.ledger.claim(claimOf(rotationId, secret, wave, ports)),
    ledgerRetry,
  )
  if (claimed.executionArn === ports.executionArn || claimed.status !== 'CLAIMED') return claimed

  const until = startDue(claimed, claimed.limits ?? limitsOf(wave)) + GRACE_MS
  const watched = await steps.waitForCondition<Watched>('watch the claim', (last) => watch(ports, last), {
    initialState: { rotation: claimed, at: Date.parse(claimed.claimedAt) },
    waitStrategy: ({ rotation, at }) =>
      rotation.status !== 'CLAIMED' || isDead(rotation) || at >= until
        ? { shouldContinue: false }
        : { shouldContinue: true, delay: { seconds: LOOK_SECONDS } },
  })
  if (watched.rotation.status !== 'CLAIMED') return watched.rotation
  return steps.step(
    'take over',
    () =>
      ports.ledger.takeOver(rotationId, watched.rotation.executionArn, ports.executionArn, iso(ports.now())),
    ledgerRetry,
  )
}

type Watched = { rotation: Rotation; at: number }

/** Reads the claim once. A read that fails changes nothing: taking over asks again, by a conditional write. */
async function watch(ports: Ports, { rotation }: Watched): Promise<Watched> {
  const at = ports.now()
  try {
    return { rotation: (await ports.ledger.get(rotation.rotationId)) ?? rotation, at }
  } catch (error) {
    ports.log('could not read the ledger', { rotationId: rotation.rotationId, error: String(error) })
    return { rotation, at }
  }
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
    ...(wave.requester !== undefined && { requester: wave.requester }),
    ...(wave.requestReason !== undefined && { requestReason: wave.requestReason }),
    ...(wave.override !== undefined && { override: wave.override }),
    ...(wave.approval !== undefined && { approval: wave.approval }),
    claimedAt: iso(ports.now()),
    executionArn: ports.executionArn,
    configVersion: ports.config.version,
    ...(wave.trigger !== 'ON_DEMAND' && { zoneData: OURS.release }),
    ...(wave.delivery && { deliveredFor: wave.delivery.for }),
    limits: limitsOf(wave),
    sending: null,
  }
}
