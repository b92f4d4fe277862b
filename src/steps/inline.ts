import { setTimeout as sleep } from 'node:timers/promises'
import type { Steps } from './steps.ts'

/**
 * `Steps` in a plain process: for emulators without durable executions, and `run --inline`. Nothing survives the
 * process, and waits keep it running; everything else means the same.
 */
export function inlineSteps({ signal }: { signal?: AbortSignal } = {}): Steps {
  const pause = (seconds: number) => sleep(seconds * 1_000, undefined, signal && { signal })
  const steps: Steps = {
    async step(_name, fn, config) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await fn({ attempt })
        } catch (error) {
          const decision = config?.retryStrategy?.(error as Error, attempt)
          if (!decision?.shouldRetry) throw error
          await pause(decision.delay.seconds)
        }
      }
    },
    async wait(_name, { seconds }) {
      await pause(seconds)
    },
    async waitForCondition(_name, check, { initialState, waitStrategy }) {
      let state = initialState
      for (let attempt = 1; ; attempt++) {
        state = await check(state)
        const decision = waitStrategy(state, attempt)
        if (!decision.shouldContinue) return state
        await pause(decision.delay.seconds)
      }
    },
    async invoke(name) {
      throw new Error(`${name}: a plain process cannot start durable functions`)
    },
    async createCallback(name) {
      throw new Error(`${name}: a plain process cannot wait for an answer; the deployed function can`)
    },
    map: (_name, items, fn, config) => mapInline(items, (item, index) => fn(steps, item, index), config),
  }
  return steps
}

/** `Steps.map` in one process: in order, `maxConcurrency` at once, and a failing item stops no other. */
export async function mapInline<I, O>(
  items: I[],
  fn: (item: I, index: number) => Promise<O>,
  { maxConcurrency = Number.POSITIVE_INFINITY }: { maxConcurrency?: number } = {},
) {
  const results: { value: O }[] = []
  const errors: unknown[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) {
      try {
        results[index] = { value: await fn(item, index) }
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(maxConcurrency, items.length) }, worker))
  return {
    // `flatMap` passes over the holes that failed items left.
    getResults: () => results.flatMap(({ value }) => [value]),
    throwIfError() {
      if (errors.length > 0) throw errors[0]
    },
  }
}
