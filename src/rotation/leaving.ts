import type { Config, Schedule } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { isSameSecret, placeKey } from '../model/place.ts'
import type { Rotation } from '../model/rotation.ts'
import { asError } from '../model/text.ts'

/**
 * Rotations under way whose secret a config does not have: the roles' rights follow the config, so a deploy of it takes
 * them away at once. `unknown`: why nobody could look.
 */
export type Leaving = { rotations: Rotation[]; unknown?: string }

/** Whoever plans or deploys may lack rights to the ledger, and then is told so. Rejects never. */
export async function readLeaving(config: Config, ledger: Pick<Ledger, 'query'>): Promise<Leaving> {
  const rotations: Rotation[] = []
  try {
    for await (const rotation of ledger.query('unsettled', 'yes'))
      if (!config.schedules.some((schedule) => covers(schedule, rotation))) rotations.push(rotation)
    return { rotations }
  } catch (error) {
    const { name, message } = asError(error)
    // No table: nothing was deployed, and nothing is under way.
    if (name === 'ResourceNotFoundException') return { rotations: [] }
    return { rotations: [], unknown: `${name}: ${message}` }
  }
}

/**
 * Enabled or not, as permissions have it. What a selector with tags covers is for IAM to see: here it is what its own
 * schedule rotates.
 */
function covers(
  { name, secrets, select, place }: Schedule,
  { secret, secretName, schedule, account, region }: Rotation,
): boolean {
  const there = {
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
  }
  if (placeKey(place) !== placeKey(there)) return false
  if (!select) return secrets.some((one) => isSameSecret(one, secret, place))
  const bare = secretName.slice(secretName.lastIndexOf(':') + 1)
  return bare.startsWith(select.prefix ?? '') && (select.tags === undefined || name === schedule)
}

/** One of them, for whoever is about to deploy. */
export function leavingText({ secretName, schedule, status, scheduledAt }: Rotation): string {
  return `${secretName} is ${status} (${schedule} of ${scheduledAt}) and no longer in the config: a deploy takes the right to rotate it and to look at it. Wait until it has its outcome, or it may end FAILED ACCESS_DENIED`
}
