import type { KeptRequest } from '../ledger/requests.ts'
import type { Exception } from '../model/exception.ts'
import { takeBack, whatOf } from '../operate/cancel.ts'
import { exceptionsBetween } from '../operate/exceptions.ts'
import { plannedRuns } from '../operate/planned-runs.ts'
import type { Command } from './command.ts'
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
    runWaiting(PLANNED, args, terminal, (stage, id) => {
      const reason = args.values.reason as string | undefined
      return takeBack(stage, { id, reason, named: stageOption(args), now: terminal.now })
    }),
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
