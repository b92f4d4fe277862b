import type { Steps } from '../src/steps/steps.ts'
import { type ExecutionFigures, keep } from './fleet-figures.ts'

/** Above this a context keeps a summary, and is put together from its children again. Source: the SDK's code. */
const MOST_OF_A_CONTEXT = 256 * 1_024

/** `Steps` that note what the SDK would checkpoint: the simulator's own journal keeps less. */
export function counted(steps: Steps, figures: ExecutionFigures): Steps {
  const kept = <T>(value: T): T => {
    keep(figures, JSON.stringify(value ?? null))
    return value
  }
  const context = (value: unknown) => {
    const text = JSON.stringify(value ?? null)
    if (Buffer.byteLength(text) <= MOST_OF_A_CONTEXT) keep(figures, text)
  }
  return {
    async step(name, fn, config) {
      const tried: typeof fn = (attempt) => {
        figures.operations++
        return fn(attempt)
      }
      return kept(await steps.step(name, tried, config))
    },
    wait(name, duration) {
      figures.operations++
      return steps.wait(name, duration)
    },
    async waitForCondition(name, check, config) {
      figures.operations++
      const looked: typeof check = async (state) => {
        figures.operations++
        return kept(await check(state))
      }
      const last = await steps.waitForCondition(name, looked, config)
      // The last look ends the operation: it is no retry.
      figures.operations--
      return last
    },
    async invoke<I, O>(name: string, functionId: string, input: I) {
      figures.operations++
      return kept(await steps.invoke<I, O>(name, functionId, kept(input)))
    },
    createCallback(name, config) {
      figures.operations++
      return steps.createCallback(name, config)
    },
    async map(name, items, fn, config) {
      figures.operations += 1 + items.length
      const ended = await steps.map(
        name,
        items,
        async (inner, item, index) => {
          const result = await fn(counted(inner, figures), item, index)
          context(result)
          return result
        },
        config,
      )
      context(ended.getResults())
      return ended
    },
  }
}
