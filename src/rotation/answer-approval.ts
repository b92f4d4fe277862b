import { type LambdaClient, SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda'
import type { Approval, Approvals, Decision } from '../ledger/approvals.ts'
import { atDoor } from '../model/text.ts'

/** What a person says to a request for approval. */
export type PersonsDecision = Decision & { status: 'APPROVED' | 'REJECTED'; by: string }

/** The request as it stands after an answer. `verdict`: whether this answer decided, agreed, or came to nothing. */
export type Answered = { approval: Approval; verdict: 'decided' | 'agreed' | 'void' }

/** Ends a callback's wait with this result, unless it has ended. */
export type Resume = (callbackId: string, result: string) => Promise<void>

/**
 * Answers a request for approval: first in the ledger, where one answer counts, then by the callback that wakes the
 * wave. Giving the same answer again wakes it again, in case the first time got lost. Undefined: no such request.
 */
export async function answerApproval(
  { approvals, wake }: { approvals: Pick<Approvals, 'get' | 'decide'>; wake: Resume },
  approvalId: string,
  decision: PersonsDecision,
): Promise<Answered | undefined> {
  if ((await approvals.get(approvalId)) === undefined) return undefined
  const { reason: why } = decision
  const said = { ...decision, by: atDoor(decision.by), ...(why !== undefined && { reason: atDoor(why) }) }
  const approval = await approvals.decide(approvalId, said)
  const { status, by, reason, answeredAt, callbackId } = approval
  if (status !== decision.status) return { approval, verdict: 'void' }
  if (callbackId !== undefined) await wake(callbackId, JSON.stringify({ status, by, reason }))
  const ours = by === said.by && answeredAt === decision.at
  return { approval, verdict: ours ? 'decided' : 'agreed' }
}

/** By Lambda's own call. A callback that is closed already is AWS's `CallbackTimeoutException`. */
export function createCallbackResumer(client: LambdaClient): Resume {
  return async (callbackId, result) => {
    try {
      await client.send(
        new SendDurableExecutionCallbackSuccessCommand({
          CallbackId: callbackId,
          Result: Buffer.from(result),
        }),
      )
    } catch (error) {
      if (!(error instanceof Error && error.name === 'CallbackTimeoutException')) throw error
    }
  }
}
