/**
 * The few methods of the durable-execution SDK's `DurableContext` that our workflows use, as a structural subset:
 * the SDK's context satisfies it as it is, `inline.ts` implements it in a plain process, and the test simulator
 * implements it with a journal that survives crashes.
 *
 * The rules are the SDK's: code between steps must be deterministic (clock, ids and I/O belong inside a step, whose
 * result is checkpointed as JSON and returned again on replay), steps run at least once, waits are whole seconds.
 * Source: Lambda Developer Guide, durable-execution-idempotency.
 */
export type Steps = {
  /**
   * Runs `fn` and checkpoints its JSON result; `retryStrategy` decides what happens when it throws, six tries where there
   * is none. What fails in the end rejects with an error of its message whose `errorType` is `StepError`.
   */
  step<T>(name: string, fn: (context: { attempt: number }) => Promise<T>, config?: StepConfig): PromiseLike<T>
  /** Suspends without compute. Whole seconds, at least one. */
  wait(name: string, duration: { seconds: number }): PromiseLike<void>
  /** Calls `check` with the last state until the wait strategy says stop, suspending in between. A throw ends it. */
  waitForCondition<T>(
    name: string,
    check: (state: T) => Promise<T>,
    config: { initialState: T; waitStrategy: (state: T, attempt: number) => WaitDecision },
  ): PromiseLike<T>
  /**
   * Starts another durable function, qualified, and waits for its result without compute. Rejects, as `InvokeError`,
   * where that failed, ran out of time or was stopped.
   */
  invoke<I, O>(name: string, functionId: string, input: I): PromiseLike<O>
  /**
   * Makes a callback, and answers with its outcome to come and with its id, for whoever shall answer. The outcome is
   * the text that is sent with success; it rejects with an error whose `errorType` says how: `CallbackTimeoutError`
   * where nothing came within the timeout, `CallbackExternalError` where failure was sent. Waiting costs no compute.
   */
  createCallback(
    name: string,
    config: { timeout: { seconds: number } },
  ): PromiseLike<[outcome: PromiseLike<string>, callbackId: string]>
  /**
   * Runs `fn` for each item, `maxConcurrency` at once, each in a context of its own. The first item that throws ends it:
   * no other is started, and those under way are left alone, with nothing they do noted any more. So what must not
   * stop the others is caught in `fn`, and returned (decision 0104).
   */
  map<I, O>(
    name: string,
    items: I[],
    fn: (steps: Steps, item: I, index: number) => Promise<O>,
    config?: { maxConcurrency?: number; itemNamer?: (item: I, index: number) => string },
  ): PromiseLike<Batch<O>>
}

/** `getResults`: in the items' order, without those that returned `undefined`, and those that have none. */
export type Batch<O> = { getResults(): O[]; throwIfError(): void }

/** `attempt` counts the tries so far, from 1. */
export type StepConfig = { retryStrategy?: (error: Error, attempt: number) => RetryDecision }

type RetryDecision = { shouldRetry: false } | { shouldRetry: true; delay: { seconds: number } }

export type WaitDecision = { shouldContinue: true; delay: { seconds: number } } | { shouldContinue: false }
