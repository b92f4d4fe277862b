import { CannotDo } from '../../../model/errors.ts'
import { type Hold, type Scope, secretScope } from '../../../model/hold.ts'
import { nameInKey } from '../../../model/identity.ts'
import { secretNameInOption } from '../../../model/secret.ts'
import { oneLine } from '../../../model/text.ts'
import { answerFor, answerText } from '../../../operate/approvals.ts'
import { takeBack } from '../../../operate/cancel.ts'
import { type Excepted, skipOccurrence } from '../../../operate/exceptions.ts'
import { placeHold, releaseHold } from '../../../operate/hold.ts'
import { knownScope } from '../../../operate/hold-scope.ts'
import { moveOccurrence } from '../../../operate/move.ts'
import { checkRotateNow, createRequest, invokeRotateNow } from '../../../operate/rotate-now.ts'
import type { RotateNowAnswer } from '../../../rotation/rotate-now.ts'
import type { ServerContext } from '../context.ts'
import type { ByIdBody, HoldBody, MoveBody, ReleaseBody, RunBody, SkipBody } from '../request-schemas.ts'

/** What was done, as the command says it. */
type Done = { text: string }

/** Everything the console can do that is not reading: what the commands do, in the name of whoever runs it. */
type Actions = {
  hold(body: HoldBody): Promise<Hold>
  release(body: ReleaseBody): Promise<Hold>
  run(body: RunBody): Promise<RotateNowAnswer>
  answer(status: 'APPROVED' | 'REJECTED', body: ByIdBody): Promise<Done>
  skip(body: SkipBody): Promise<Excepted>
  move(body: MoveBody): Promise<Excepted>
  cancel(body: ByIdBody): Promise<Done>
}

export function createActions({ config, now }: ServerContext): Actions {
  return {
    async hold({ scope: asked, ...rest }) {
      const { scope } = knownScope(plain(checkedName(asked)), config)
      return (await placeHold(config.stage, { scope, ...rest }, now())).placed
    },
    // Not checked against the config: a hold outlives the schedule that it was placed on.
    async release({ scope, id }) {
      const done = await releaseHold(config.stage, { scope: plain(scope), id }, now())
      if (!done)
        throw new CannotDo(`hold ${id} of ${plain(scope)} is not in force`, {
          hint: 'it has ended, or somebody has released it already',
        })
      return done.released
    },
    async answer(status, { id, reason }) {
      const answered = await answerFor(config.stage, id, { status, reason }, now())
      if (answered === undefined) throw nothing('approval', id)
      // It is answered, and not as was meant: that is no success.
      if (answered.verdict === 'void') throw new CannotDo(answerText(answered))
      return { text: answerText(answered) }
    },
    skip: (body) => skipOccurrence(body, { config, stage: config.stage, now }),
    move: (body) => moveOccurrence(body, { config, stage: config.stage, now }),
    async cancel({ id, reason }) {
      const found = await takeBack(config.stage, { id, reason, named: config.stage, now })
      if (found === undefined) throw nothing('request', id)
      if (!found.ok) throw new CannotDo(found.text, { hint: found.hint })
      return { text: found.text }
    },
    async run(body) {
      const event = createRequest(body)
      return event.dryRun ? checkRotateNow(event, config, now()) : invokeRotateNow(event, config)
    },
  }

  function nothing(thing: string, id: string): CannotDo {
    return new CannotDo(`stage ${config.stage} has no ${thing} "${oneLine(id)}"`)
  }
}

/** As the command takes it: nothing that is no secret's name, or an ARN cut short. Throws CannotDo. */
function checkedName(scope: Scope): Scope {
  const [kind, name = ''] = scope.split(/\/(.*)/s)
  if (kind === 'secret') secretNameInOption(name.startsWith('arn:') ? name : nameInKey(name))
  return scope
}

/** Holds go by the name alone. */
function plain(scope: Scope): Scope {
  return scope.startsWith('secret/') ? secretScope(scope.slice('secret/'.length)) : scope
}
