import { iso } from '../calendar/iso.ts'
import type { Config } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import type { Hold, Scope } from '../ledger/holds.ts'
import { oneLine } from '../model/text.ts'
import { recordsIn } from '../rotation/open-world.ts'
import { withAws } from './aws.ts'
import type { Command } from './command.ts'
import { operator, scopeOf } from './hold.ts'
import { validConfig } from './stage.ts'

export const release: Command = {
  name: 'release',
  summary: 'end a hold',
  help: `Usage: tourbillon release --stage NAME (--all | --schedule NAME | --secret ID) [--json]

Ends the hold of exactly this scope; others stay. What it kept from starting is not caught up:
rotate it on demand (tourbillon run), or leave it to the next occurrence.

Exit status: 0 released; 1 there was no such hold; 2 it could not be done.
Example: npx tourbillon release --stage prod --all
`,
  options: { all: { type: 'boolean' }, schedule: { type: 'string' }, secret: { type: 'string' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    if (!config) return 1
    const scope = scopeOf(args, config)
    const released = await releaseHold(config, scope, terminal.now())
    if (args.values.json) terminal.out(`${JSON.stringify(released ?? null, null, 2)}\n`)
    else if (released)
      terminal.out(`released ${scope}, held since ${released.placedAt}: ${oneLine(released.reason)}\n`)
    else terminal.err(`${scope} is not held; in force: tourbillon hold --list\n`)
    return released ? 0 : 1
  },
}

/** Releases the hold for whoever is at the keyboard; undefined where there is none. `now`: epoch ms. Throws CannotDo. */
export async function releaseHold(config: Config, scope: Scope, now: number): Promise<Hold | undefined> {
  const { holds } = recordsIn(namesOf(config.stage).ledgerTable)
  return withAws('release the hold', () => holds.release(scope, operator(), iso(now)))
}
