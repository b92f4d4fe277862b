import { CannotDo } from '../model/errors.ts'
import type { Hold } from '../model/hold.ts'
import { commandFor } from '../model/pasteable.ts'
import { shortIdIn } from '../model/short-id.ts'
import { oneLine } from '../model/text.ts'
import { findHold, holdsCovering, releaseHold } from '../operate/hold.ts'
import { knownScopes, scopeIn } from '../operate/hold-scope.ts'
import { type Arguments, type Command, jsonText } from './command.ts'
import { holdJson, releaseCommands } from './hold-text.ts'
import { type InAnyCase, stageInAnyCase, stageOption } from './load-config.ts'

export const release: Command = {
  name: 'release',
  summary: 'end a hold',
  help: `Usage: aws-tourbillon release --stage NAME ID [--json]
       aws-tourbillon release --stage NAME (--all | --schedule NAME | --secret ID) [--json]

Ends this hold and no other; its id is in npx aws-tourbillon hold --list. By what is held only where exactly one
hold of it is in force. What it kept from starting is not caught up: rotate it on demand (npx aws-tourbillon run),
or leave it to the next occurrence.

Exit status: 0 released; 1 there was no such hold; 2 it could not be done.
Example: npx aws-tourbillon release --stage prod k7q-m2f-9x1
`,
  options: { all: { type: 'boolean' }, schedule: { type: 'string' }, secret: { type: 'string' } },
  async run(args, terminal) {
    const stage = await stageInAnyCase(args, terminal)
    const now = terminal.now()
    const named = await findNamed(args, stage, now)
    const { released, claim } = (named.hold && (await releaseHold(stage.stage, named.hold, now))) ?? {}
    if (claim !== undefined) terminal.err(`note: ${claim}\n`)
    if (args.values.json) terminal.out(jsonText(released ? holdJson(released) : null))
    else if (released) {
      const { id, scope, placedAt, reason } = released
      terminal.out(`released ${id} of ${scope}, held since ${placedAt}: ${oneLine(reason)}\n`)
    } else
      terminal.err(
        `${named.what} is not in force; those that are: ${commandFor(stageOption(args), 'hold', '--list')}\n`,
      )
    return released ? 0 : 1
  },
}

/** The one hold that an id or a scope names. Throws CannotDo. */
async function findNamed(
  args: Arguments,
  stage: InAnyCase,
  now: number,
): Promise<{ hold?: Hold; what: string }> {
  const [typed, unexpected] = args.positionals
  const scope = scopeIn(args.values)
  if (unexpected !== undefined || (typed === undefined) === (scope === undefined))
    throw new CannotDo('which hold?', { hint: 'its id, or one of --all, --schedule NAME, --secret ID' })
  if (typed !== undefined) {
    const id = shortIdIn(typed)
    if (id === undefined)
      throw new CannotDo(`"${typed}" is no hold’s id`, {
        hint: `see ${commandFor(stageOption(args), 'hold', '--list')}`,
      })
    const hold = await findHold(stage.stage, id, stage.config ? knownScopes(stage.config) : ['all'], now)
    return { what: `hold ${id}`, ...(hold && { hold }) }
  }
  // Not checked against the config: a hold outlives the schedule that it was placed on.
  const found = await holdsCovering(stage.stage, scope ? [scope] : [], now)
  if (found.length > 1)
    throw new CannotDo(
      `${found.length} holds of ${scope} are in force. Which?\n${releaseCommands(found, args)}`,
    )
  return { what: `a hold of ${scope}`, ...(found[0] && { hold: found[0] }) }
}
