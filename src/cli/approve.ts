import type { Approval } from '../ledger/approvals.ts'
import { shortIdIn } from '../model/short-id.ts'
import { answerFor, answerText, pendingApprovals } from '../operate/approvals.ts'
import type { Arguments, Command, ExitCode, Terminal } from './command.ts'
import { table } from './layout.ts'
import { runWaiting, type Waiting } from './waiting.ts'

export const approve: Command = {
  name: 'approve',
  summary: 'let a wave go ahead that waits for an approval; --list shows those that do',
  help: `Usage: aws-tourbillon approve --stage NAME ID [--reason TEXT]
       aws-tourbillon approve --stage NAME --list

The wave starts at its scheduled instant, or at once where that has passed. Window, freezes and holds
still count. The first answer stands: it cannot be taken back, but a hold stops what has not started.

  ID              as announced: k7q-m2f-9x1; capitals, or no hyphens, are fine
  --reason TEXT   why, for the ledger: a ticket, a change number
  --list          the waves that wait for an answer
  --json          the approval, or the approvals, as kept

Exit status: 0 approved, by you or already; 1 it was rejected, or the time is over; 2 it could not be done.
Example: npx aws-tourbillon approve --stage prod k7q-m2f-9x1 --reason CHG-1234
`,
  options: { reason: { type: 'string' }, list: { type: 'boolean' } },
  run: (args, terminal) => answer('APPROVED', args, terminal),
}

/** Gives the answer, and tells what became of it. */
export function answer(
  status: 'APPROVED' | 'REJECTED',
  args: Arguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const reason = args.values.reason as string | undefined
  return runWaiting(APPROVALS, args, terminal, async (stage, id) => {
    const answered = await answerFor(stage, id, { status, reason }, terminal.now())
    if (!answered) return undefined
    return { kept: answered.approval, ok: answered.verdict !== 'void', text: answerText(answered) }
  })
}

const APPROVALS: Waiting<Approval> = {
  thing: 'approval',
  command: 'approve',
  those: 'those that wait',
  none: 'nothing waits for an approval',
  idIn: shortIdIn,
  read: pendingApprovals,
  table(approvals, columns) {
    const rows = approvals.map(({ approvalId, schedule, scheduledAt, secrets, expiresAt, askedBy }) => [
      ...[
        approvalId,
        askedBy ? `${schedule}: ${askedBy.secrets}, asked for by ${askedBy.arn}` : schedule,
        scheduledAt,
        String(secrets ?? 'chosen as it starts'),
        expiresAt,
      ],
    ])
    return table(['ID', 'SCHEDULE', 'SCHEDULED (UTC)', 'SECRETS', 'ANSWER BY (UTC)'], rows, columns)
  },
}
