/**
 * What the durable SDK's operations mean beyond their signatures, for implementations of `Steps` that are not the SDK:
 * `inline.ts` and the test simulator. test/steps/contract.test.ts holds all three to it.
 */
import type { Batch, StepConfig } from './steps.ts'

/** An operation that failed, as the workflow sees it: by `errorType`, for a class's name does not survive minification. */
export class OperationError extends Error {
  override readonly name = 'OperationError'
  readonly errorType: 'StepError' | 'InvokeError' | 'ChildContextError'
  constructor(errorType: OperationError['errorType'], cause: unknown) {
    super(cause instanceof Error ? cause.message : 'Unknown error', { cause })
    this.errorType = errorType
  }
}

/** What a checkpoint gives back: JSON, in the first run as in a replay. `undefined` stays so. */
export function checkpointed<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value))
}

/** A step without a strategy is tried six times. Source: the SDK's `retryPresets.default`, its jitter left out. */
const DEFAULT_TRIES = 6

/** Seconds to the next try of a step that threw; undefined: there is none. */
export function retryAfter(
  config: StepConfig | undefined,
  error: unknown,
  attempt: number,
): number | undefined {
  const wrapped = error instanceof Error ? error : new Error('Unknown error')
  if (config?.retryStrategy) {
    const decision = config.retryStrategy(wrapped, attempt)
    return decision.shouldRetry ? wholeSeconds(decision.delay.seconds) : undefined
  }
  return attempt < DEFAULT_TRIES ? Math.min(60, 5 * 2 ** (attempt - 1)) : undefined
}

/**
 * Lambda takes whole seconds, one at least; the SDK's local runner is kinder. Source: Lambda API reference, WaitOptions
 * and StepOptions.
 */
export function wholeSeconds(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 1) return seconds
  throw new RangeError(`${seconds} s: a durable wait takes whole seconds, one at least`)
}

/** How one item of a `map` ended. No result: it returned `undefined`. */
export type ItemEnd<O> = { result?: O } | { error: OperationError }

/**
 * `Steps.map`: items start in order, `maxConcurrency` at once. The first that fails ends it there: nothing more is
 * started, and what is under way is awaited no longer. `isOver` tells them so. `run` gives a result as checkpointed.
 */
export function mapUntilFailure<I, O>(
  items: I[],
  run: (item: I, index: number, isOver: () => boolean) => Promise<O>,
  maxConcurrency = Number.POSITIVE_INFINITY,
): Promise<ItemEnd<O>[]> {
  if (maxConcurrency <= 0) throw new RangeError(`maxConcurrency: ${maxConcurrency}: one at least`)
  const ends: ItemEnd<O>[] = []
  let [next, open, over] = [0, 0, items.length === 0]
  return new Promise((resolve) => {
    const ended = (index: number, end: ItemEnd<O>) => {
      if (over) return
      open--
      ends[index] = end
      over = 'error' in end || (open === 0 && next === items.length)
      if (over) resolve(ends)
      else start()
    }
    const start = () => {
      while (!over && open < maxConcurrency && next < items.length) {
        const index = next++
        open++
        run(items[index] as I, index, () => over).then(
          (result) => ended(index, { result }),
          (error) => ended(index, { error: new OperationError('ChildContextError', error) }),
        )
      }
    }
    if (over) resolve(ends)
    else start()
  })
}

/** Results in the items' order, without those of items that failed, never ended, or returned `undefined`. */
export function batchOf<O>(ends: (ItemEnd<O> | undefined)[]): Batch<O> {
  return {
    getResults: () =>
      ends.flatMap((end) => (end && 'result' in end && end.result !== undefined ? [end.result] : [])),
    throwIfError() {
      for (const end of ends) if (end && 'error' in end) throw end.error
    },
  }
}
