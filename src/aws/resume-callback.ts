import { type LambdaClient, SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda'
import type { Permission } from './permission.ts'

/** Ends a callback's wait with this result, unless it has ended. */
export type ResumeCallback = (callbackId: string, result: string) => Promise<void>

export const RESUME_PERMISSIONS = {
  resume: [{ action: 'lambda:SendDurableExecutionCallbackSuccess', on: 'callback', changes: true }],
} as const satisfies Record<string, Permission[]>

/** By Lambda's own call. A callback that is closed already is AWS's `CallbackTimeoutException`. */
export function createCallbackResumer(client: LambdaClient): ResumeCallback {
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
