import { GetFunctionCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { MINUTE } from '../model/time.ts'
import type { Clock } from './lab.ts'

/** Calls are throttled for a while, where many are made in an account: the SDK's own patience is some minutes. */
export const PATIENT = { giveUpMs: 5 * MINUTE }

type Changing = Pick<Clock, 'sleep'> & { lambda: LambdaClient }

/** Changes a function that nothing else changes. Sent again after a lost answer, the first may be under way still. */
export async function changeFunction(
  changing: Changing,
  FunctionName: string,
  change: () => Promise<unknown>,
): Promise<void> {
  for (let tries = 3; ; tries--) {
    await settled(changing, FunctionName)
    try {
      await change()
      return settled(changing, FunctionName)
    } catch (error) {
      if (tries === 1 || (error as Error).name !== 'ResourceConflictException') throw error
    }
  }
}

async function settled({ lambda, sleep }: Changing, FunctionName: string): Promise<void> {
  for (let looks = 0; looks < 100; looks++) {
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }))
    const { State = 'Active', LastUpdateStatus = 'Successful' } = Configuration ?? {}
    if (State === 'Active' && LastUpdateStatus === 'Successful') return
    if (State === 'Failed' || LastUpdateStatus === 'Failed') throw new Error(`${FunctionName} does not start`)
    await sleep(1_000)
  }
  throw new Error(`${FunctionName} was not ready in time`)
}
