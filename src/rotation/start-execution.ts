import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { StartExecution } from './rotate-now.ts'

/**
 * Starts executions of the durable function by asynchronous invocation. The execution's name makes it happen once:
 * a second start of the same name with the same payload is the same execution, with another payload an error.
 * Source: Lambda Developer Guide, durable-execution-idempotency.
 */
export function startsExecutions(client: LambdaClient, functionAlias: string): StartExecution {
  return async (name, request) => {
    try {
      const { DurableExecutionArn } = await client.send(
        new InvokeCommand({
          FunctionName: functionAlias,
          InvocationType: 'Event',
          DurableExecutionName: name,
          Payload: JSON.stringify(request),
        }),
      )
      return { execution: DurableExecutionArn, already: false }
    } catch (error) {
      if (error instanceof Error && /DurableExecutionAlready/.test(error.name)) return { already: true }
      throw error
    }
  }
}
