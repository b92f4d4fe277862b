import type { KeptRequest } from '../ledger/requests.ts'
import { callerText } from '../model/caller.ts'
import type { Exception } from '../model/exception.ts'
import { takeBack, whatOf } from '../operate/cancel.ts'
import { plannedAndSkipped } from '../operate/planned-runs.ts'
import { MOST_REASON } from '../operate/reason.ts'
import type { Command } from './command.ts'
import { table } from './layout.ts'
import { stageOption } from './load-config.ts'
import { runWaiting, type Waiting } from './waiting.ts'

export const cancel: Command = {
  name: 'cancel',
  summary: 'take back a planned run (run --at), a skip or a move; --list shows them',
  help: `Usage: aws-tourbillon cancel --stage NAME ID [--reason TEXT]
       aws-tourbillon cancel --stage NAME --list

Nothing of a planned run starts. Ten minutes before its instant at most, it becomes an execution: from
then on it cannot be cancelled, but a hold stops what has not rotated. An occurrence that was skipped
or moved runs as scheduled again, unless it has begun. Of one that was moved, and whose own instant has
passed, nothing rotates then.

  ID              its id, as run --at, skip, move and --list tell it
  --reason TEXT   why, for the ledger. At most ${MOST_REASON} characters
  --list          the runs that are planned, and what is skipped or moved
  --json          the request, or the skip or move, or all of them, as kept

Exit status: 0 cancelled, by you or already; 1 it has started, or its time is over; 2 there is no such
run, skip or move, or it could not be done.
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
  thing: 'planned run, skip or move',
  command: 'cancel',
  those: 'those that there are',
  none: 'nothing is planned, skipped or moved',
  idIn: (typed) => typed,
  read: plannedAndSkipped,
  table(planned, columns) {
    const rows = planned.map((kept) => [
      ...('requestId' in kept ? [kept.requestId, kept.scheduledAt, whatOf(kept)] : skipCells(kept)),
      ...[kept.by ?? '', kept.reason ?? '', kept.caller ? callerText(kept.caller) : ''],
    ])
    return table(['ID', 'FOR (UTC)', 'WHAT', 'BY', 'REASON', 'WHO'], rows, columns)
  },
}

function skipCells({ id, scheduledAt, schedule }: Exception): string[] {
  return [id, scheduledAt, `skipped: ${schedule}`]
}
