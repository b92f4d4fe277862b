import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'

/** A plain Lambda function, in this process: the parsed event in, a JSON value out, a throw is a function error. */
export type LocalFunction = (event: unknown) => Promise<unknown>

export type LambdaState = {
  functions: Map<string, LocalFunction>
  durableFunctions: Map<string, DurableLambdaHandler>
}

/** How one run of a function ended, as Invoke tells it. */
export type Outcome = { result: string } | { error: FunctionError }

/** The payload of an invocation whose function failed. Source: Lambda Developer Guide, error payloads. */
export type FunctionError = { errorType: string; errorMessage: string; trace: string[] }

export async function runFunction(run: LocalFunction, payload: unknown): Promise<Outcome> {
  try {
    return { result: JSON.stringify((await run(payload)) ?? null) }
  } catch (error) {
    return { error: functionError(error) }
  }
}

export function functionError(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: 'Error', errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
}
