import { setTimeout as sleep } from 'node:timers/promises'
import {
  batchOf,
  checkpointed,
  mapUntilFailure,
  OperationError,
  retryAfter,
  wholeSeconds,
} from './meaning.ts'
import type { Steps } from './steps.ts'

/** How a plain process waits, and until when: `signal` ends it, by a rejection. `retried` hears of each step's next try. */
type Inline = {
  signal?: AbortSignal
  pause?: (seconds: number) => Promise<unknown>
  retried?: (step: string, error: unknown, seconds: number) => void
}

/**
 * `Steps` in a plain process: for emulators without durable executions, and `run --inline`. Nothing survives the
 * process, and waits keep it running; everything else means the same.
 */
export function inlineSteps({ signal, pause = pausing(signal), retried = () => {} }: Inline = {}): Steps {
  return context({ pause, retried }, () => false)
}

function pausing(signal: AbortSignal | undefined) {
  return (seconds: number) => sleep(seconds * 1_000, undefined, signal && { signal })
}

/** `isOver`: the map that it is an item of has ended without it. It goes no further, as it would on Lambda. */
function context(inline: Required<Omit<Inline, 'signal'>>, isOver: () => boolean): Steps {
  const { pause, retried } = inline
  const goOn = async <T>(value: T): Promise<T> => (isOver() ? new Promise<T>(() => {}) : value)
  const steps: Steps = {
    async step(name, fn, config) {
      await goOn(undefined)
      for (let attempt = 1; ; attempt++) {
        try {
          return await goOn(checkpointed(await fn({ attempt })))
        } catch (error) {
          await goOn(undefined)
          const seconds = retryAfter(config, error, attempt)
          if (seconds === undefined) throw new OperationError('StepError', error)
          retried(name, error, seconds)
          await pause(seconds)
          await goOn(undefined)
        }
      }
    },
    async wait(_name, { seconds }) {
      await goOn(undefined)
      await pause(wholeSeconds(seconds))
      await goOn(undefined)
    },
    async waitForCondition(_name, check, { initialState, waitStrategy }) {
      await goOn(undefined)
      let state = initialState
      for (let attempt = 1; ; attempt++) {
        try {
          state = checkpointed(await check(state))
          await goOn(undefined)
          const decision = waitStrategy(state, attempt)
          if (!decision.shouldContinue) return state
          await pause(wholeSeconds(decision.delay.seconds))
          await goOn(undefined)
        } catch (error) {
          throw new OperationError('StepError', error)
        }
      }
    },
    async invoke(name) {
      throw new Error(`${name}: a plain process cannot start durable functions`)
    },
    async createCallback(name) {
      throw new Error(`${name}: a plain process cannot wait for an answer; the deployed function can`)
    },
    async map(_name, items, fn, config) {
      await goOn(undefined)
      const run = (item: (typeof items)[number], index: number, ended: () => boolean) =>
        fn(
          context(inline, () => isOver() || ended()),
          item,
          index,
        ).then(checkpointed)
      return goOn(batchOf(await mapUntilFailure(items, run, config?.maxConcurrency)))
    },
  }
  return steps
}
