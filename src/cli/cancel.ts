import type { KeptRequest } from '../ledger/requests.ts'
import { commandFor } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import { cancelRun, plannedRuns } from '../operate/planned-runs.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
import type { Arguments, Command } from './command.ts'
import { table } from './layout.ts'
import { stageOption } from './load-config.ts'
import { runWaiting, type Waiting } from './waiting.ts'

export const cancel: Command = {
  name: 'cancel',
  summary: 'take back a planned run (run --at); --list shows those that are planned',
  help: `Usage: aws-tourbillon cancel --stage NAME ID [--reason TEXT]
       aws-tourbillon cancel --stage NAME --list

Nothing of it starts. Ten minutes before its instant at most, a planned run becomes an execution: from
then on it cannot be cancelled, but a hold stops what has not rotated.

  ID              the request's id, as run --at and --list tell it
  --reason TEXT   why, for the ledger
  --list          the runs that are planned
  --json          the request, or the requests, as kept

Exit status: 0 cancelled, by you or already; 1 it has started, or its time is over; 2 there is no such
request, or it could not be done.
Example: npx aws-tourbillon cancel --stage prod CHG-1234 --reason 'moved to Sunday'
`,
  options: { reason: { type: 'string' }, list: { type: 'boolean' } },
  run: (args, terminal) =>
    runWaiting(PLANNED, args, terminal, async (stage, id) => {
      const kept = await cancelRun(stage, id, args.values.reason as string | undefined, terminal.now())
      if (!kept) return undefined
      const ok = kept.state === 'CANCELLED'
      const text = ok ? requestText(kept) : `too late: ${requestText(kept)}`
      return { kept, ok, text, ...(kept.state === 'STARTED' && { hint: insteadOf(kept, args) }) }
    }),
}

const PLANNED: Waiting<KeptRequest> = {
  thing: 'request',
  command: 'cancel',
  those: 'those that are planned',
  none: 'nothing is planned',
  idIn: (typed) => typed,
  read: (stage) => plannedRuns(stage),
  table(planned, columns) {
    const rows = planned.map((kept) => [
      ...[kept.requestId, kept.scheduledAt, whatOf(kept), kept.by ?? '', kept.reason ?? ''],
    ])
    return table(['ID', 'PLANNED FOR (UTC)', 'WHAT', 'BY', 'REASON'], rows, columns)
  },
}

function requestText(kept: KeptRequest): string {
  const { requestId, scheduledAt, state, events } = kept
  const { at, by, reason } = events.at(-1) ?? { at: kept.askedAt }
  const who = by === undefined ? '' : ` by ${oneLine(by)}`
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`
  return `${requestId}, ${whatOf(kept)} at ${scheduledAt}: ${state}${who} at ${at}${why}`
}

function insteadOf({ payload }: KeptRequest, args: Arguments): string {
  const { schedule, secrets: [secret = ''] = [] } = JSON.parse(payload) as OnDemandRequest
  const what = schedule === undefined ? (['--secret', secret] as const) : (['--schedule', schedule] as const)
  const hold = commandFor(stageOption(args), 'hold', what, ['--reason', 'TEXT'])
  return `a hold stops what has not rotated: ${hold}`
}

/** `schedule nightly`, or the secrets that it names. */
function whatOf({ payload }: KeptRequest): string {
  const { schedule, secrets } = JSON.parse(payload) as OnDemandRequest
  return oneLine([schedule && `schedule ${schedule}`, secrets?.join(', ')].filter(Boolean).join(': '))
}
