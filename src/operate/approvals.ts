import { LambdaClient } from '@aws-sdk/client-lambda'
import { createCallbackResumer } from '../aws/resume-callback.ts'
import { settingsFor } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Approval } from '../ledger/approvals.ts'
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
