import type { ResumeCallback } from '../aws/resume-callback.ts'
import type { Approval, Approvals, Decision } from '../ledger/approvals.ts'
import type { CallerProof } from '../model/caller.ts'
import { atDoor } from '../model/text.ts'

/** What a person says to a request for approval. */
export type PersonsDecision = Omit<Decision, 'caller'> & {
  status: 'APPROVED' | 'REJECTED'
  by: string
  /** That it is theirs, for the wave that is woken. */
  proof?: CallerProof | undefined
}

/** The request as it stands after an answer. `verdict`: whether this answer decided, agreed, or came to nothing. */
export type Answered = { approval: Approval; verdict: 'decided' | 'agreed' | 'void' }

/**
 * Answers a request for approval: first in the ledger, where one answer counts, then by the callback that wakes the
 * wave. Giving the same answer again wakes it again, in case the first time got lost. Undefined: no such request.
 */
export async function answerApproval(
  { approvals, wake }: { approvals: Pick<Approvals, 'get' | 'decide'>; wake: ResumeCallback },
  approvalId: string,
  decision: PersonsDecision,
): Promise<Answered | undefined> {
  if ((await approvals.get(approvalId)) === undefined) return undefined
  const { reason: why, proof, ...rest } = decision
  const answer = { ...rest, by: atDoor(decision.by), ...(why !== undefined && { reason: atDoor(why) }) }
  const approval = await approvals.decide(approvalId, answer)
  const { status, by, reason, answeredAt, callbackId } = approval
  if (status !== decision.status) return { approval, verdict: 'void' }
  const ours = by === answer.by && answeredAt === decision.at
  if (callbackId !== undefined)
    await wake(
      callbackId,
      JSON.stringify({ status, by, reason, at: answeredAt, proof: ours ? proof : undefined }),
    )
  return { approval, verdict: ours ? 'decided' : 'agreed' }
}
