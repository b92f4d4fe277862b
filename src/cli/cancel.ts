import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { CannotDo } from '../model/errors.ts'
import { namesOf } from '../model/resource-names.ts'
import { atDoor, oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { operator } from '../operate/operator.ts'
import { readPlanned } from '../report/readings.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
import { recordsIn } from '../runtime/records.ts'
import {
  type Arguments,
  type Command,
  type ExitCode,
  jsonText,
  noPositionals,
  type Terminal,
} from './command.ts'
import { validConfig } from './load-config.ts'
import { table } from './table.ts'

export const cancel: Command = {
  name: 'cancel',
  summary: 'take back a planned run (run --at); --list shows those that are planned',
  help: `Usage: tourbillon cancel --stage NAME ID [--reason TEXT]
       tourbillon cancel --stage NAME --list

Nothing of it starts. Ten minutes before its instant at most, a planned run becomes an execution: from
then on it cannot be cancelled, but a hold stops what has not rotated.

  ID              the request's id, as run --at and --list tell it
  --reason TEXT   why, for the ledger
  --list          the runs that are planned
  --json          the request, or the requests, as kept

Exit status: 0 cancelled, by you or already; 1 it has started, or its time is over; 2 there is no such
request, or it could not be done.
Example: npx tourbillon cancel --stage prod CHG-1234 --reason 'moved to Sunday'
`,
  options: { reason: { type: 'string' }, list: { type: 'boolean' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    if (!config) return 1
    if (!args.values.list) return takeBack(args, config, terminal)
    noPositionals(args, (word) => `to cancel one: tourbillon cancel ${word}, without --list`)
    const { requests } = recordsIn(namesOf(config.stage).ledgerTable)
    const found = await withAws('read what is planned', () => readPlanned(requests))
    if (args.values.json) terminal.out(jsonText(found))
    else if (found.length === 0) terminal.err('nothing is planned\n')
    else terminal.out(plannedTable(found))
    return 0
  },
}

async function takeBack(
  { values, positionals: [requestId, ...more] }: Arguments,
  config: Config,
  terminal: Terminal,
): Promise<ExitCode> {
  const hint = `those that are planned: tourbillon cancel --stage ${config.stage} --list`
  if (requestId === undefined || more.length > 0) throw new CannotDo('which one?', { hint })
  const reason = values.reason as string | undefined
  const { requests } = recordsIn(namesOf(config.stage).ledgerTable)
  const at = iso(terminal.now())
  const by = atDoor(operator())
  const event = {
    ...{ at, state: 'CANCELLED' as const, by },
    ...(reason !== undefined && { reason: atDoor(reason) }),
  }
  const kept = await withAws('cancel it', () => requests.move(requestId, ['PLANNED'], event))
  if (kept === undefined)
    throw new CannotDo(`stage ${config.stage} has no request "${oneLine(requestId)}"`, { hint })
  const cancelled = kept.state === 'CANCELLED'
  if (values.json) terminal.out(jsonText(kept))
  else if (cancelled) terminal.out(`${told(kept)}\n`)
  else terminal.err(`too late: ${told(kept)}\n${remedyOf(kept, config)}`)
  return cancelled ? 0 : 1
}

function told(kept: KeptRequest): string {
  const { requestId, scheduledAt, state, events } = kept
  const { at, by, reason } = events.at(-1) ?? { at: kept.askedAt }
  const who = by === undefined ? '' : ` by ${oneLine(by)}`
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`
  return `${requestId}, ${whatOf(kept)} at ${scheduledAt}: ${state}${who} at ${at}${why}`
}

function remedyOf({ state }: KeptRequest, { stage }: Config): string {
  if (state !== 'STARTED') return ''
  return `    hint: a hold stops what has not rotated: tourbillon hold --stage ${stage} --secret ID --reason TEXT\n`
}

/** `schedule nightly`, or the secrets that it names. */
function whatOf({ payload }: KeptRequest): string {
  const { schedule, secrets } = JSON.parse(payload) as OnDemandRequest
  return oneLine([schedule && `schedule ${schedule}`, secrets?.join(', ')].filter(Boolean).join(': '))
}

function plannedTable(planned: KeptRequest[]): string {
  const rows = planned.map((kept) => [
    kept.requestId,
    kept.scheduledAt,
    whatOf(kept),
    oneLine(kept.by ?? ''),
    oneLine(kept.reason ?? ''),
  ])
  return table(['ID', 'PLANNED FOR (UTC)', 'WHAT', 'BY', 'REASON'], rows)
}
