import { LambdaClient } from '@aws-sdk/client-lambda'
import { settingsFor } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Approval } from '../ledger/approvals.ts'
import { CannotDo } from '../model/errors.ts'
import { namesOf } from '../model/resource-names.ts'
import { shortIdIn } from '../model/short-id.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { operator } from '../operate/operator.ts'
import { answerApproval, createCallbackResumer } from '../rotation/answer-approval.ts'
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

export const approve: Command = {
  name: 'approve',
  summary: 'let a wave go ahead that waits for an approval; --list shows those that do',
  help: `Usage: tourbillon approve --stage NAME ID [--reason TEXT]
       tourbillon approve --stage NAME --list

The wave starts at its scheduled instant, or at once where that has passed. Window, freezes and holds
still count. The first answer stands: it cannot be taken back, but a hold stops what has not started.

  ID              as announced: k7q-m2f-9x1; capitals, or no hyphens, are fine
  --reason TEXT   why, for the ledger: a ticket, a change number
  --list          the waves that wait for an answer
  --json          the approval, or the approvals, as kept

Exit status: 0 approved, by you or already; 1 it was rejected, or the time is over; 2 it could not be done.
Example: npx tourbillon approve --stage prod k7q-m2f-9x1 --reason CHG-1234
`,
  options: { reason: { type: 'string' }, list: { type: 'boolean' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    if (!config) return 1
    if (!args.values.list) return answer('APPROVED', args, config, terminal)
    noPositionals(args, (word) => `to answer one: tourbillon approve ${word}, without --list`)
    const { approvals } = recordsIn(namesOf(config.stage).ledgerTable)
    const now = iso(terminal.now())
    const found = await withAws('read the approvals', () => approvals.pending(now))
    if (args.values.json) terminal.out(jsonText(found))
    else if (found.length === 0) terminal.err('nothing waits for an approval\n')
    else terminal.out(approvalTable(found))
    return 0
  },
}

/** Gives the answer, and tells what became of it. */
export async function answer(
  status: 'APPROVED' | 'REJECTED',
  { values, positionals: [typed, ...more] }: Arguments,
  config: Config,
  terminal: Terminal,
): Promise<ExitCode> {
  const hint = `those that wait: tourbillon approve --stage ${config.stage} --list`
  if (typed === undefined || more.length > 0) throw new CannotDo('which one?', { hint })
  const approvalId = shortIdIn(typed)
  if (approvalId === undefined) throw new CannotDo(`"${typed}" is no approval's id`, { hint })
  const { approvals } = recordsIn(namesOf(config.stage).ledgerTable)
  const wakeByCallback = createCallbackResumer(new LambdaClient({ ...settingsFor('repeatable') }))
  const answered = await withAws('write the answer', () =>
    answerApproval(
      {
        approvals,
        wake: (...callback) =>
          withAws('wake the wave (the answer is recorded: give it again)', () => wakeByCallback(...callback)),
      },
      approvalId,
      {
        status,
        by: operator(),
        at: iso(terminal.now()),
        reason: values.reason as string | undefined,
      },
    ),
  )
  if (!answered) throw new CannotDo(`stage ${config.stage} has no approval ${approvalId}`, { hint })
  const { approval, verdict } = answered
  if (values.json) terminal.out(jsonText(approval))
  else if (verdict === 'void') terminal.err(`it counts no more: ${told(approval)}\n`)
  else terminal.out(`${verdict === 'agreed' ? 'already ' : ''}${told(approval)}\n`)
  return verdict === 'void' ? 1 : 0
}

/** `approved by ana@desk at …: nightly of 2026-11-29T03:00:00.000Z, 12 secrets`. */
function told({ status, by, answeredAt, reason, expiresAt, schedule, scheduledAt, secrets }: Approval) {
  const count = secrets === undefined ? '' : `, ${secrets} ${secrets === 1 ? 'secret' : 'secrets'}`
  const wave = `${schedule} of ${scheduledAt}${count}`
  if (by === undefined) return `nobody had answered by ${expiresAt}: ${wave}`
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`
  return `${status.toLowerCase()} by ${by} at ${answeredAt}${why}: ${wave}`
}

function approvalTable(approvals: Approval[]): string {
  const rows = approvals.map(({ approvalId, schedule, scheduledAt, secrets, expiresAt }) => [
    approvalId,
    schedule,
    scheduledAt,
    String(secrets ?? 'chosen as it starts'),
    expiresAt,
  ])
  return table(['ID', 'SCHEDULE', 'SCHEDULED (UTC)', 'SECRETS', 'ANSWER BY (UTC)'], rows)
}
