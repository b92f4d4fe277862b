import {
  DurableExecutionInvocationInputWithClient,
  type DurableLambdaHandler,
  type Operation,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js'
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing'
import { virtualClock } from '../../src/rehearse/world/clock.ts'
import { runDurable } from '../../src/rehearse/world/durable.ts'
import { inlineSteps } from '../../src/steps/inline.ts'
import type { Steps } from '../../src/steps/steps.ts'

/** A workflow, and the functions that it may invoke, by name. One that answers with `STOPPED` is stopped. */
export type Case = {
  body: (steps: Steps) => Promise<unknown>
  others?: Record<string, (input: unknown, steps: Steps) => Promise<unknown>>
}

export const STOPPED = Symbol('stopped by an operator')

/** Runs a case to its end, without waiting for real; rejects where the workflow does. */
export type Run = (it: Case) => Promise<unknown>

export const inline: Run = ({ body }) => body(inlineSteps({ pause: async () => {} }))

export const simulator: Run = async ({ body, others = {} }) => {
  const clock = virtualClock(0)
  const invoke = async (input: unknown, functionId: string): Promise<unknown> => {
    const end = await runDurable({ clock, invoke }, async (steps) => others[functionId]?.(input, steps))
    if (end === STOPPED) throw new Error('stopped by an operator')
    return end
  }
  const run = runDurable({ clock, invoke }, body)
  // It is awaited below: until then it must not count as unhandled.
  run.catch(() => {})
  await clock.runUntil(86_400_000)
  return run
}

/** The SDK on its own local runner, whose timers are fake too: `skipTime`. */
export const sdk: Run = async ({ body, others = {} }) => {
  const runner = new LocalDurableTestRunner({
    handlerFunction: told(withDurableExecution(async (_event: unknown, context) => body(context))),
  })
  for (const [name, other] of Object.entries(others)) {
    const handler = withDurableExecution(async (input: unknown, context) => {
      const end = await other(input, context)
      if (end === STOPPED) throw Object.assign(new Error('stopped by an operator'), { name: 'Stopped' })
      return end
    })
    runner.registerDurableFunction(name, handler)
  }
  const result = await runner.run({ payload: {} })
  if (result.getStatus() === 'SUCCEEDED') return result.getResult()
  throw new Error(result.getError().errorMessage)
}

/** The runner cannot stop a child: one that failed so is shown to the SDK in the state that Lambda would give it. */
function told(handler: DurableLambdaHandler): DurableLambdaHandler {
  const stopped = <O extends Pick<Operation, 'ChainedInvokeDetails'>>(operation: O): O =>
    operation.ChainedInvokeDetails?.Error?.ErrorType === 'Stopped'
      ? { ...operation, Status: 'STOPPED' }
      : operation
  return (event, context) => {
    if (!DurableExecutionInvocationInputWithClient.isInstance(event)) throw new Error('no client')
    const { durableExecutionClient: client, InitialExecutionState: state } = event
    const Operations = state.Operations.map(stopped)
    const shown = { ...event, InitialExecutionState: { ...state, Operations } }
    const showing: typeof client = {
      getExecutionState: (...args) => client.getExecutionState(...args),
      async checkpoint(...args) {
        const { NewExecutionState: now, ...answer } = await client.checkpoint(...args)
        const NewExecutionState = now && { ...now, Operations: now.Operations?.map(stopped) }
        return { ...answer, NewExecutionState }
      },
    }
    return handler(new DurableExecutionInvocationInputWithClient(shown, showing), context)
  }
}
