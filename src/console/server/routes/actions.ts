import { CannotDo } from '../../../model/errors.ts'
import { type Hold, type Scope, secretScope } from '../../../model/hold.ts'
import { nameInKey } from '../../../model/identity.ts'
import { secretNameInOption } from '../../../model/secret.ts'
import { placeHold, releaseHold } from '../../../operate/hold.ts'
import { knownScope } from '../../../operate/hold-scope.ts'
import { checkRotateNow, createRequest, invokeRotateNow } from '../../../operate/rotate-now.ts'
import type { RotateNowAnswer } from '../../../rotation/rotate-now.ts'
import type { ServerContext } from '../context.ts'
import type { HoldBody, ReleaseBody, RunBody } from '../request-schemas.ts'

/** Everything the console can do that is not reading: what three commands do, in the name of whoever runs it. */
type Actions = {
  hold(body: HoldBody): Promise<Hold>
  release(body: ReleaseBody): Promise<Hold>
  run(body: RunBody): Promise<RotateNowAnswer>
}

export function createActions({ config, now }: ServerContext): Actions {
  return {
    async hold({ scope: asked, ...rest }) {
      const { scope } = knownScope(plain(checkedName(asked)), config)
      return (await placeHold(config.stage, { scope, ...rest }, now())).placed
    },
    // Not checked against the config: a hold outlives the schedule that it was placed on.
    async release({ scope, id }) {
      const released = await releaseHold(config.stage, { scope: plain(scope), id }, now())
      if (!released)
        throw new CannotDo(`hold ${id} of ${plain(scope)} is not in force`, {
          hint: 'it has ended, or somebody has released it already',
        })
      return released
    },
    async run(body) {
      const event = createRequest(body)
      return event.dryRun ? checkRotateNow(event, config, now()) : invokeRotateNow(event, config)
    },
  }
}

/** As the command takes it: nothing that is no secret's name, or an ARN cut short. Throws CannotDo. */
function checkedName(scope: Scope): Scope {
  const [kind, name = ''] = scope.split(/\/(.*)/s)
  if (kind === 'secret') secretNameInOption('secret', name.startsWith('arn:') ? name : nameInKey(name))
  return scope
}

/** Holds go by the name alone. */
function plain(scope: Scope): Scope {
  return scope.startsWith('secret/') ? secretScope(scope.slice('secret/'.length)) : scope
}
