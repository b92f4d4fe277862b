import { CannotDo } from '../model/errors.ts'
import { holdsToShow, placeHold } from '../operate/hold.ts'
import { coveredBy, type KnownScope, knownScope, scopeIn } from '../operate/hold-scope.ts'
import { MOST_REASON } from '../operate/reason.ts'
import {
  type Arguments,
  type Command,
  type ExitCode,
  jsonText,
  noPositionals,
  refuseBeside,
  type Terminal,
} from './command.ts'
import { holdJson, holdTable, releaseCommands } from './hold-text.ts'
import { instantBySchedules } from './instants.ts'
import { stageInAnyCase } from './load-config.ts'

export const hold: Command = {
  name: 'hold',
  summary: 'emergency stop: all, a schedule, or a secret; at once, without a deploy',
  help: `Usage: aws-tourbillon hold --stage NAME (--all | --schedule NAME | --secret ID) --reason TEXT [--until ISO]
       aws-tourbillon hold --stage NAME --list

Nothing that it covers starts any more, also in waves under way; what has started is followed to its end.
Holds add up: each has an id, and ends by itself or by npx aws-tourbillon release ID. What a hold ends before does
not count for a rotation that starts later.

  --all              every rotation of the stage
  --schedule NAME    one schedule
  --secret ID        one secret, by name or ARN: wherever it is, and also where a selector chooses it
  --reason TEXT      why: everybody who is held up will read it. At most ${MOST_REASON} characters
  --until ISO        when it ends by itself; default: when it is released. Without an offset, 2026-11-25T06:00,
                     by the clock of the schedules that it covers, which is said
  --list             the holds in force
  --json             the hold, or the holds: id, scope, kind, reason, by, placedAt, until; of those
                     listed whose each is: caller

Exit status: 0; 2 it could not be done.
Example: npx aws-tourbillon hold --stage prod --all --reason 'incident 4711' --until 2026-11-25T06:00:00Z
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
    refuseBeside(args, 'list', ['all', 'schedule', 'secret', 'reason', 'until'])
    const { stage, config } = await stageInAnyCase(args, terminal, { urgent: true })
    if (args.values.list) return list(stage, args, terminal)
    const asked = scopeIn(args.values)
    if (!asked) throw new CannotDo('what?', { hint: 'one of --all, --schedule NAME, --secret ID' })
    const { scope, note }: KnownScope = config ? knownScope(asked, config) : { scope: asked }
    const { reason = '', until } = args.values as { reason?: string; until?: string }
    const end =
      until === undefined
        ? {}
        : { until: instantBySchedules('until', until, config ? coveredBy(scope, config) : [], terminal) }
    const { placed, beside, claim } = await placeHold(stage, { scope, reason, ...end }, terminal.now())
    for (const it of [note, claim]) if (it !== undefined) terminal.err(`note: ${it}\n`)
    if (beside.length > 0)
      terminal.err(`beside it, these hold ${scope}, and stay:\n${releaseCommands(beside, args)}\n`)
    terminal.out(args.values.json ? jsonText(holdJson(placed)) : holdTable([placed], terminal))
    return 0
  },
}

async function list(stage: string, args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const found = await holdsToShow(stage, terminal.now())
  if (args.values.json) terminal.out(jsonText(found.map(holdJson)))
  else if (found.length === 0) terminal.err('nothing is held\n')
  else terminal.out(holdTable(found, terminal))
  return 0
}
