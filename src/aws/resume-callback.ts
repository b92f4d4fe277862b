import { type LambdaClient, SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda'

/** Ends a callback's wait with this result, unless it has ended. */
export type ResumeCallback = (callbackId: string, result: string) => Promise<void>

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
