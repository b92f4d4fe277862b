import type { KeptRequest } from '../ledger/requests.ts'
import type { Exception } from '../model/exception.ts'
import { commandFor } from '../model/pasteable.ts'
import { shortIdIn } from '../model/short-id.ts'
import { oneLine } from '../model/text.ts'
import { cancelException, exceptionsBetween } from '../operate/exceptions.ts'
import { cancelRun, plannedRuns } from '../operate/planned-runs.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
import type { Arguments, Command, Terminal } from './command.ts'
import { table } from './layout.ts'
import { stageOption } from './load-config.ts'
import { runWaiting, type Waiting } from './waiting.ts'

export const cancel: Command = {
  name: 'cancel',
  summary: 'take back a planned run (run --at) or a skip; --list shows them',
  help: `Usage: aws-tourbillon cancel --stage NAME ID [--reason TEXT]
       aws-tourbillon cancel --stage NAME --list

Nothing of a planned run starts. Ten minutes before its instant at most, it becomes an execution: from
then on it cannot be cancelled, but a hold stops what has not rotated. An occurrence that was skipped
runs as scheduled again, unless it has begun.

  ID              the request's id, as run --at and --list tell it, or the skip's
  --reason TEXT   why, for the ledger
  --list          the runs that are planned, and what is skipped
  --json          the request or the skip, or all of them, as kept

Exit status: 0 cancelled, by you or already; 1 it has started, or its time is over; 2 there is no such
request or skip, or it could not be done.
Example: npx aws-tourbillon cancel --stage prod CHG-1234 --reason 'moved to Sunday'
`,
  options: { reason: { type: 'string' }, list: { type: 'boolean' } },
  run: (args, terminal) =>
    runWaiting(PLANNED, args, terminal, async (stage, id) => {
      const reason = args.values.reason as string | undefined
      const kept = await cancelRun(stage, id, reason, terminal.now())
      if (!kept) return undo(stage, id, reason, terminal)
      const ok = kept.state === 'CANCELLED'
      const text = ok ? requestText(kept) : `too late: ${requestText(kept)}`
      return { kept, ok, text, ...(kept.state === 'STARTED' && { hint: insteadOf(kept, args) }) }
    }),
}

/** The same for a skip. */
async function undo(stage: string, typed: string, reason: string | undefined, { now }: Terminal) {
  const id = shortIdIn(typed)
  const found = id === undefined ? undefined : await cancelException(stage, id, reason, now)
  if (found === undefined) return undefined
  const kept = 'undone' in found ? found.undone : found.tooLate
  const what = `${kept.id}, ${kept.schedule} of ${kept.scheduledAt}`
  if ('tooLate' in found) return { kept, ok: false, text: `too late: ${what}: ${found.why}` }
  const { cancelledAt, cancelledBy = 'somebody' } = kept
  const text = `${what}: runs as scheduled; the skip was taken back by ${oneLine(cancelledBy)} at ${cancelledAt}`
  return { kept, ok: true, text }
}

const PLANNED: Waiting<KeptRequest | Exception> = {
  thing: 'request',
  command: 'cancel',
  those: 'those that are planned or skipped',
  none: 'nothing is planned, and nothing skipped',
  idIn: (typed) => typed,
  async read(stage, now) {
    const coming = { from: now, to: Number.POSITIVE_INFINITY }
    return [...(await plannedRuns(stage)), ...(await exceptionsBetween(stage, coming))]
  },
  table(planned, columns) {
    const rows = planned.map((kept) => [
      ...('requestId' in kept ? [kept.requestId, kept.scheduledAt, whatOf(kept)] : skipCells(kept)),
      ...[kept.by ?? '', kept.reason ?? ''],
    ])
    return table(['ID', 'FOR (UTC)', 'WHAT', 'BY', 'REASON'], rows, columns)
  },
}

function skipCells({ id, scheduledAt, schedule }: Exception): string[] {
  return [id, scheduledAt, `skipped: ${schedule}`]
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
