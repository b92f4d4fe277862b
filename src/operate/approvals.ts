import { LambdaClient } from '@aws-sdk/client-lambda'
import { createCallbackResumer } from '../aws/resume-callback.ts'
import { settingsFor } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Approval } from '../ledger/approvals.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { type Answered, answerApproval, type PersonsDecision } from '../rotation/answer-approval.ts'
import { recordsOf } from '../runtime/records.ts'
import { operatorAtAws } from './operator.ts'

/** The waves that wait for an answer. `now`: epoch ms. Throws CannotDo. */
export function pendingApprovals(stage: string, now: number): Promise<Approval[]> {
  const { approvals } = recordsOf(stage)
  return withAws('read the approvals', () => approvals.pending(iso(now)))
}

/**
 * Answers a request for approval for whoever is at the keyboard, and wakes its wave; undefined where there is no such
 * request. `now`: epoch ms. Throws CannotDo.
 */
export async function answerFor(
  stage: string,
  approvalId: string,
  { status, reason }: { status: PersonsDecision['status']; reason: string | undefined },
  now: number,
): Promise<Answered | undefined> {
  const { approvals } = recordsOf(stage)
  const resume = createCallbackResumer(new LambdaClient({ ...settingsFor('repeatable') }))
  const wake = (...callback: Parameters<typeof resume>) =>
    withAws('wake the wave (the answer is recorded: give it again)', () => resume(...callback))
  const decision = { status, reason, by: await operatorAtAws(), at: iso(now) }
  return withAws('write the answer', () => answerApproval({ approvals, wake }, approvalId, decision))
}

/** `approved by ana@desk at …: nightly of 2026-11-29T03:00:00.000Z, 12 secrets`; before it, what an answer came to. */
export function answerText({ approval, verdict }: Answered): string {
  const { status, by, answeredAt, reason, expiresAt, schedule, scheduledAt, secrets } = approval
  const before = { decided: '', agreed: 'already ', void: 'it counts no more: ' }[verdict]
  const count = secrets === undefined ? '' : `, ${secrets} ${secrets === 1 ? 'secret' : 'secrets'}`
  const wave = `${schedule} of ${scheduledAt}${count}`
  if (by === undefined) return `${before}nobody had answered by ${expiresAt}: ${wave}`
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`
  return `${before}${status.toLowerCase()} by ${by} at ${answeredAt}${why}: ${wave}`
}
