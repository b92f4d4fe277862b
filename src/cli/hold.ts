import { randomBytes } from 'node:crypto'
import { AwsFailed, withAws } from '../aws/with-aws.ts'
import type { Hold, Scope } from '../ledger/hold.ts'
import type { Holds } from '../ledger/holds.ts'
import { namesOf } from '../model/resource-names.ts'
import { shortId } from '../model/short-id.ts'
import { atDoor, says } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { coveredBy, type KnownScope, knownScope, scopeIn } from '../operate/hold-scope.ts'
import { operator } from '../operate/operator.ts'
import { recordsIn } from '../runtime/open-ports.ts'
import { CannotDo, type Command, noPositionals } from './command.ts'
import { holdJson, holdTable, releaseCommands } from './hold-text.ts'
import { instantBySchedules } from './instants.ts'
import { stageInAnyCase } from './load-config.ts'

/** Characters of a reason: the record of each rotation that it holds up has it. */
const MOST_REASON = 1_000

export const hold: Command = {
  name: 'hold',
  summary: 'emergency stop: all, a schedule, or a secret; at once, without a deploy',
  help: `Usage: tourbillon hold --stage NAME (--all | --schedule NAME | --secret ID) --reason TEXT [--until ISO]
       tourbillon hold --stage NAME --list

Nothing that it covers starts any more, also in waves under way; what has started is followed to its end.
Holds add up: each has an id, and ends by itself or by tourbillon release ID. What a hold ends before does
not count for a rotation that starts later.

  --all              every rotation of the stage
  --schedule NAME    one schedule
  --secret ID        one secret, by name or ARN: wherever it is, and also where a selector chooses it
  --reason TEXT      why: everybody who is held up will read it. At most ${MOST_REASON} characters
  --until ISO        when it ends by itself; default: when it is released. Without an offset, 2026-11-25T06:00,
                     by the clock of the schedules that it covers, which is said
  --list             the holds in force
  --json             the hold, or the holds: id, scope, kind, reason, by, placedAt, until

Exit status: 0; 2 it could not be done.
Example: npx tourbillon hold --stage prod --all --reason 'incident 4711' --until 2026-11-25T06:00:00Z
`,
  options: {
    all: { type: 'boolean' },
    schedule: { type: 'string' },
    secret: { type: 'string' },
    reason: { type: 'string' },
    until: { type: 'string' },
    list: { type: 'boolean' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --secret ${word}?`)
    const { stage, config } = await stageInAnyCase(args, terminal)
    if (args.values.list) {
      const found = await withAws('read the holds', () => holdsIn(stage).inForce(iso(terminal.now())))
      if (args.values.json) terminal.out(`${JSON.stringify(found.map(holdJson), null, 2)}\n`)
      else if (found.length === 0) terminal.err('nothing is held\n')
      else terminal.out(holdTable(found))
      return 0
    }
    const asked = scopeIn(args)
    if (!asked) throw new CannotDo('what?', { hint: 'one of --all, --schedule NAME, --secret ID' })
    const { scope, note }: KnownScope = config ? knownScope(asked, config) : { scope: asked }
    const { reason = '', until } = args.values as { reason?: string; until?: string }
    const end =
      until === undefined
        ? {}
        : { until: instantBySchedules('until', until, config ? coveredBy(scope, config) : [], terminal) }
    const { placed, beside } = await placeHold(stage, { scope, reason, ...end }, terminal.now())
    if (note !== undefined) terminal.err(`note: ${note}\n`)
    if (beside.length > 0)
      terminal.err(`beside it, these hold ${scope}, and stay:\n${releaseCommands(beside, args)}\n`)
    terminal.out(args.values.json ? `${JSON.stringify(holdJson(placed), null, 2)}\n` : holdTable([placed]))
    return 0
  },
}

/**
 * Places a hold for whoever is at the keyboard. `now` and `until`: epoch ms. `beside`: those of its scope that were in
 * force before, and stay. Throws CannotDo.
 */
export async function placeHold(
  stage: string,
  { scope, reason, until }: { scope: Scope; reason: string; until?: number },
  now: number,
): Promise<{ placed: Hold; beside: Hold[] }> {
  const why = reason.trim()
  if (!says(why))
    throw new CannotDo('why?', { hint: 'add --reason TEXT: everybody who is held up will read it' })
  if (why.length > MOST_REASON)
    throw new CannotDo(`the reason has ${why.length} characters; ${MOST_REASON} at most`, {
      hint: 'name the incident, and leave the rest to its ticket',
    })
  if (until !== undefined && until <= now)
    throw new CannotDo(`${iso(until)} has passed`, {
      hint: 'a hold ends later than now, or when it is released',
    })
  const asked = {
    ...{
      id: shortId(randomBytes(6)),
      scope,
      reason: atDoor(why),
      by: atDoor(operator()),
      placedAt: iso(now),
    },
    ...(until !== undefined && { until: iso(until) }),
  }
  const placing = await withAws('place the hold', () => holdsIn(stage).place(asked)).catch((error) => {
    throw error instanceof AwsFailed ? notPlaced(error) : error
  })
  if ('full' in placing)
    throw new CannotDo(
      `${placing.full.length} holds of ${scope} are in force: there is no room for another`,
      {
        hint: `it is held ${untilOf(placing.full)}. Release one that is no longer needed, or name a narrower scope`,
      },
    )
  return placing
}

/** Whoever holds or releases waits, rather than doing it all again, while the table is throttled. */
export function holdsIn(stage: string): Holds {
  return recordsIn(namesOf(stage).ledgerTable, { purpose: 'patient' }).holds
}

/** It is an emergency: what can be done without the table is said at once. */
function notPlaced({ message, hint, cause }: AwsFailed): AwsFailed {
  const byHand = 'to stop everything without the table: docs/operations.md, “When the ledger cannot be read”'
  return new AwsFailed(message, { hint: `${hint}; ${byHand}`, cause })
}

/** How long holds last, all together. */
function untilOf(holds: Hold[]): string {
  const ends = holds.map(({ until }) => until)
  return ends.includes(undefined) ? 'until they are released' : `until ${ends.sort().at(-1)}, and no longer`
}
