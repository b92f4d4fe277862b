import { createHash } from 'node:crypto'
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { Permission } from './permission.ts'

/**
 * Starts the durable execution of this request, once for a key of the stage's own: starting it again answers with the
 * same one, running or ended. Throws NameTaken.
 */
export type StartExecution<Request = object> = (
  key: string,
  request: Request,
) => Promise<{ execution?: string | undefined }>

/** A large wave's parts are invoked by the durable SDK, which takes the same. */
export const START_PERMISSIONS = {
  start: [{ action: 'lambda:InvokeFunction', on: 'orchestrator', changes: true }],
} as const satisfies Record<string, Permission[]>

/** Something else runs, or ran, under the name that an execution was to have. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken'
}

/**
 * Starts executions of the durable function by asynchronous invocation. The execution's name makes it happen once: a
 * second start of the same name with the same payload is the same execution, with another payload an error. `stage`:
 * what names of this stage begin with.
 * Source: Lambda Developer Guide, durable-execution-idempotency.
 */
export function createExecutionStarter(
  client: LambdaClient,
  functionAlias: string,
  stage: string,
): StartExecution {
  return async (key, request) => {
    const payload = JSON.stringify(request)
    const name = executionNameOf(stage, key, payload)
    try {
      const { DurableExecutionArn } = await client.send(
        new InvokeCommand({
          FunctionName: functionAlias,
          InvocationType: 'Event',
          DurableExecutionName: name,
          Payload: payload,
        }),
      )
      return { execution: DurableExecutionArn }
    } catch (error) {
      if (!(error instanceof Error && /DurableExecutionAlready/.test(error.name))) throw error
      throw new NameTaken(
        `the execution name ${name} is taken in this account and region, by something else: ${error.message}`,
        { cause: error },
      )
    }
  }
}

/** Of names, by Lambda's rule. */
const MOST = 64
const DIGEST = 24

/**
 * Names are one space for a whole account and region, says the developer guide (the API model: for a function). So the
 * stage is part of it, and what starts the execution: no two that differ come to one name. Readable where it fits.
 */
export function executionNameOf(stage: string, key: string, payload: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([stage, key, payload]))
    .digest('hex')
    .slice(0, DIGEST)
  const words = `${stage}-${key}`.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, MOST - DIGEST - 1)
  return `${words}-${digest}`
}
