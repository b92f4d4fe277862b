import { randomUUID } from 'node:crypto'
import { iso } from '../../calendar/iso.ts'
import type { Config } from '../../config/config.ts'
import { namesOf } from '../../config/names.ts'
import type { Hold, Scope } from '../../ledger/holds.ts'
import { nameInKey, secretNameOf } from '../../rotation/identity.ts'
import { recordsIn } from '../../rotation/open-world.ts'
import type { RotateNowAnswer } from '../../rotation/rotate-now.ts'
import { withAws } from '../aws.ts'
import { CannotDo } from '../command.ts'
import { knownScope, operator, placeHold } from '../hold.ts'
import { releaseHold } from '../release.ts'
import { checked, started } from '../run.ts'
import type { Answers, RunBody } from './answers.ts'
import type { Room } from './room.ts'

/** Everything the console can do that is not reading: what three commands do, in the name of whoever runs it. */
export type Deeds = {
  hold(body: Answers['POST /api/hold']['body']): Promise<Hold>
  release(body: Answers['POST /api/release']['body']): Promise<Hold>
  run(body: RunBody): Promise<RotateNowAnswer>
}

export function deedsIn({ config, now }: Room): Deeds {
  return {
    hold: ({ scope, ...rest }) =>
      placeHold(config, { scope: knownScope(plain(scope), config), ...rest }, now()),
    // Not checked against the config: a hold outlives the schedule that it was placed on.
    async release({ scope: asked, placedAt }) {
      const scope = plain(asked)
      const standing = placedAt === undefined ? undefined : await heldBy(config, scope, now())
      if (standing !== undefined && standing.placedAt !== placedAt) {
        const { by, reason } = standing
        throw new CannotDo(`${by} has held ${scope} anew since: ${reason}`, {
          hint: 'look again, then release that one',
        })
      }
      const released = await releaseHold(config, scope, now())
      if (!released)
        throw new CannotDo(`${scope} is not held`, { hint: 'somebody may have released it already' })
      return released
    },
    run({ requestId = randomUUID(), ...rest }) {
      const event = { ...rest, requestId, requester: operator() }
      return event.dryRun ? checked(event, config, now()) : started(event, config)
    },
  }
}

async function heldBy(config: Config, scope: Scope, now: number): Promise<Hold | undefined> {
  const { holds } = recordsIn(namesOf(config.stage).ledgerTable)
  const inForce = await withAws('read the holds', () => holds.inForce(iso(now)))
  return inForce.find((hold) => hold.scope === scope)
}

/** Holds go by the name alone. */
function plain(scope: Scope): Scope {
  if (!scope.startsWith('secret/')) return scope
  return `secret/${nameInKey(secretNameOf(scope.slice('secret/'.length)))}`
}
