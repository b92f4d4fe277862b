import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { atDoor } from '../model/text.ts'
import type { Permission } from './permission.ts'

/** The function ran, and failed: what it says of it. Other errors do not tell whether it ran. */
export class FunctionFailed extends Error {}

/** Invokes a hook's function and answers with its result; rejects where it fails, or takes longer than this. */
export type InvokeHook = (functionName: string, event: unknown, timeoutMs: number) => Promise<unknown>

export const HOOK_PERMISSIONS = {
  invoke: [{ action: 'lambda:InvokeFunction', on: 'hook', changes: true }],
} as const satisfies Record<string, Permission[]>

/** Hooks as synchronous Lambda invocations. The function may go on after the timeout; its answer no longer counts. */
export function createHookInvoker(client: LambdaClient): InvokeHook {
  return async (functionName, event, timeoutMs) => {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const { FunctionError, Payload } = await client.send(
        new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
        { abortSignal: signal },
      )
      const answer: unknown = JSON.parse(Payload?.transformToString() || 'null')
      if (FunctionError === undefined) return answer
      // It is checkpointed with the try that it ended.
      throw new FunctionFailed(
        atDoor((answer as { errorMessage?: unknown } | null)?.errorMessage ?? FunctionError),
      )
    } catch (error) {
      if (!signal.aborted) throw error
      throw new Error(`no answer in ${timeoutMs / 1_000} s`, { cause: error })
    }
  }
}
