import { OURS } from '../calendar/zone-difference.ts'
import { secretKeyOf } from '../model/identity.ts'
import { isDead, limitsOf, startDue } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { persist } from './ledger-retry.ts'
import type { World } from './ports.ts'
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
  world: World,
): Promise<Rotation> {
  const claimed = await steps.step(
    'claim',
    () => world.ledger.claim(claimOf(rotationId, secret, wave, world)),
    persist,
  )
  if (claimed.executionArn === world.executionArn || claimed.status !== 'CLAIMED') return claimed

  const until = startDue(claimed, claimed.limits ?? limitsOf(wave)) + GRACE_MS
  const watched = await steps.waitForCondition<Watched>('watch the claim', (last) => watch(world, last), {
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
      world.ledger.takeOver(rotationId, watched.rotation.executionArn, world.executionArn, iso(world.now())),
    persist,
  )
}

type Watched = { rotation: Rotation; at: number }

/** Reads the claim once. A read that fails changes nothing: taking over asks again, by a conditional write. */
async function watch(world: World, { rotation }: Watched): Promise<Watched> {
  const at = world.now()
  try {
    return { rotation: (await world.ledger.get(rotation.rotationId)) ?? rotation, at }
  } catch (error) {
    world.log('could not read the ledger', { rotationId: rotation.rotationId, error: String(error) })
    return { rotation, at }
  }
}

/** The record of a rotation as it begins. */
export function claimOf(
  rotationId: string,
  secret: string,
  wave: WaveTerms,
  world: Pick<World, 'now' | 'executionArn'> & { config: { version: string } },
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
    claimedAt: iso(world.now()),
    executionArn: world.executionArn,
    configVersion: world.config.version,
    ...(wave.trigger !== 'ON_DEMAND' && { zoneData: OURS.release }),
    ...(wave.delivery && { deliveredFor: wave.delivery.for }),
    limits: limitsOf(wave),
    sending: null,
  }
}
