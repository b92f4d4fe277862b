import { setTimeout as sleep } from 'node:timers/promises'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { proveCaller } from '../aws/prove-caller.ts'
import { createCallbackResumer } from '../aws/resume-callback.ts'
import { settingsFor } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Approval, Approvals } from '../ledger/approvals.ts'
import { counted } from '../model/counts.ts'
import { AwsFailed, CannotDo } from '../model/errors.ts'
import { type Exception, exceptionText } from '../model/exception.ts'
import { commandFor } from '../model/pasteable.ts'
import { atDoor, oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { isWanted, readWaiting } from '../report/readings.ts'
import { type Answered, answerApproval, type PersonsDecision } from '../rotation/answer-approval.ts'
import { recordsOf } from '../runtime/records.ts'
import { operatorAtAws } from './operator.ts'

/** The waves that wait for an answer. `now`: epoch ms. Throws CannotDo. */
export function pendingApprovals(stage: string, now: number): Promise<Approval[]> {
  const records = recordsOf(stage)
  return withAws('read the approvals', () =>
    readWaiting(records, iso(now), records.exceptions.between(iso(now), '9999')),
  )
}

/**
 * Answers a request for approval for whoever is at the keyboard, and wakes its wave; undefined where there is no such
 * request. `now`: epoch ms. Throws CannotDo, also where no wave would go by the answer.
 */
export async function answerFor(
  stage: string,
  approvalId: string,
  { status, reason }: { status: PersonsDecision['status']; reason: string | undefined },
  now: number,
): Promise<Answered | undefined> {
  const { approvals, exceptions } = recordsOf(stage)
  const resume = createCallbackResumer(new LambdaClient({ ...settingsFor('repeatable') }))
  const wake = (...callback: Parameters<typeof resume>) =>
    withAws('wake the wave (the answer is recorded: give it again)', () => resume(...callback))
  const known = await withAws('read the approval', () => approvals.get(approvalId))
  if (known?.status === 'PENDING' && iso(now) < known.expiresAt)
    checkWanted(
      stage,
      known,
      await withAws('see whether it was moved', () => exceptions.at(known.schedule, known.scheduledAt)),
    )
  const { proof, why = '' } = await proveCaller({ stage, deed: 'approve', id: approvalId })
  const decision = { status, reason, by: await operatorAtAws(), at: iso(now), proof }
  if (known?.askedBy && status === 'APPROVED' && known.status === 'PENDING') {
    if (proof === undefined)
      throw new CannotDo(`${approvalId} wants to know who you are: ${why}`, { hint: LOGIN })
    return { approval: await answerAsSecond(approvals, wake, known, decision), verdict: 'decided' }
  }
  return withAws('write the answer', () => answerApproval({ approvals, wake }, approvalId, decision), {
    repeatable: true,
  })
}

/** `approved by ana@desk at …: nightly of 2026-11-29T03:00:00.000Z, 12 secrets`; before it, what an answer came to. */
export function answerText({ approval, verdict }: Answered): string {
  const { status, by, answeredAt, reason, expiresAt, schedule, scheduledAt, secrets } = approval
  const before = { decided: '', agreed: 'already ', void: 'it counts no more: ' }[verdict]
  const count = secrets === undefined ? '' : `, ${counted(secrets, 'secret')}`
  const wave = `${schedule} of ${scheduledAt}${count}`
  if (by === undefined) return `${before}nobody had answered by ${expiresAt}: ${wave}`
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`
  return `${before}${status.toLowerCase()} by ${by} at ${answeredAt}${why}: ${wave}`
}

function checkWanted(stage: string, approval: Approval, standing: Exception | undefined): void {
  if (isWanted(approval, standing)) return
  const { schedule, scheduledAt } = approval
  const how = standing ? oneLine(exceptionText(standing)) : 'moved elsewhere'
  throw new CannotDo(`${schedule} of ${scheduledAt} is ${how}: nothing waits for this answer`, {
    hint: `what does: ${commandFor(stage, 'approve', '--list')}`,
  })
}

const LOGIN = 'log in to AWS first (aws sso login), or set AWS_PROFILE'

/** Looks at what has become of an answer: the wave asks STS, three times at most. */
const LOOKS = 40

/**
 * Lets somebody else's request on demand go ahead: the wave itself sees whose answer it is, and writes it down. Throws
 * CannotDo where it does not count.
 */
async function answerAsSecond(
  approvals: Pick<Approvals, 'get'>,
  wake: (callbackId: string, result: string) => Promise<void>,
  { approvalId, callbackId }: Approval,
  decision: PersonsDecision,
): Promise<Approval> {
  const { status, reason, at, proof } = decision
  const by = atDoor(decision.by)
  const again = { hint: 'give it again' }
  if (callbackId === undefined) throw new CannotDo(`the wave of ${approvalId} does not wait yet`, again)
  await wake(callbackId, JSON.stringify({ status, by, reason, at, proof }))
  for (let look = 0; look < LOOKS; look++) {
    const seen = await withAws('read the approval', () => approvals.get(approvalId))
    if (seen && seen.status !== 'PENDING') return seen
    if (seen?.refused?.at === at && seen.refused.by === atDoor(by, 300))
      throw new CannotDo(`it does not count: ${seen.refused.why}`, {
        hint: /not proved/.test(seen.refused.why)
          ? `${LOGIN}; then ${again.hint}`
          : 'somebody else has to approve it',
      })
    await sleep(500)
  }
  throw new AwsFailed(`the wave of ${approvalId} has not said whether your answer counts`, again)
}
