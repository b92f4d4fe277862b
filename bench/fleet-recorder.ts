import {
  type DurableExecutionClient,
  DurableExecutionInvocationInputWithClient,
  type DurableLambdaHandler,
  OperationAction,
  OperationType,
} from '@aws/durable-execution-sdk-js'
import { type ExecutionFigures, keep, noFigures } from './fleet-figures.ts'

/** A durable function that notes what it checkpoints: the same requests that Lambda would get. */
export function recorded(
  handler: DurableLambdaHandler,
  executions: Map<string, ExecutionFigures>,
): DurableLambdaHandler {
  /** Results of parts: Lambda keeps them, and nobody checkpoints them. */
  const results = new Set<string>()
  return async (event, context) => {
    if (!DurableExecutionInvocationInputWithClient.isInstance(event)) throw new Error('no client was passed')
    const { durableExecutionClient: inner, DurableExecutionArn: arn } = event
    const figures = executions.get(arn) ?? noFigures()
    executions.set(arn, figures)
    const known = new Set<string | undefined>()
    for (const { Id, ChainedInvokeDetails } of event.InitialExecutionState.Operations ?? []) {
      known.add(Id)
      if (ChainedInvokeDetails?.Result === undefined || results.has(`${arn} ${Id}`)) continue
      results.add(`${arn} ${Id}`)
      keep(figures, ChainedInvokeDetails.Result)
    }
    const client: DurableExecutionClient = {
      getExecutionState: (params, logger) => inner.getExecutionState(params, logger),
      checkpoint(params, logger) {
        for (const update of params.Updates ?? []) {
          figures.sentBytes += Buffer.byteLength(JSON.stringify(update))
          keep(figures, update.Payload ?? '')
          const isNew = update.Type !== OperationType.EXECUTION && !known.has(update.Id)
          if (isNew || update.Action === OperationAction.RETRY) figures.operations++
          known.add(update.Id)
        }
        return inner.checkpoint(params, logger)
      },
    }
    figures.invocations++
    const began = performance.now()
    try {
      return await handler(new DurableExecutionInvocationInputWithClient(event, client), context)
    } finally {
      figures.ranMs += performance.now() - began
    }
  }
}
