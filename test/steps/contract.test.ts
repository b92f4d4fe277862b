import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Steps } from '../../src/steps/steps.ts'
import { type Case, inline, type Run, STOPPED, sdk, simulator } from './runners.ts'

/**
 * What `Steps` means is what the SDK's own runner shows: the same cases, the same answers, from each implementation.
 */
const RUNS: Record<string, Run> = { inline, simulator, SDK: sdk }

const NO_RETRY = { retryStrategy: () => ({ shouldRetry: false as const }) }

/** Its value, or how it rejected: `errorType` and message are all that survives a checkpoint. */
async function ended(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    return { value: (await work) ?? null }
  } catch (error) {
    const { errorType = 'Error', message } = error as Error & { errorType?: string }
    return { errorType, message }
  }
}

/** Throws `boom N` in its first tries, then answers with the number of the one that went well. */
const wellAfter =
  (tries: number) =>
  async ({ attempt }: { attempt: number }) => {
    if (attempt <= tries) throw new TypeError(`boom ${attempt}`)
    return attempt
  }

/** Real time, which the runner's fake timers leave alone: it has a worker thread to wait for. */
const realTimeout = setTimeout
const takes = (ms: number) => new Promise((resolve) => realTimeout(resolve, ms))

/** A map over as many items; `bad` ones throw in a step, `slow` ones take long. What started, and what came of it. */
async function mapped(steps: Steps, items: number, how: { at: number; bad?: number[]; slow?: number[] }) {
  const began = new Set<number>()
  const wentOn = new Set<number>()
  const ended = await steps.map(
    'items',
    Array.from({ length: items }, (_, index) => index),
    async (inner, item) => {
      began.add(item)
      await inner.step(
        'work',
        async () => {
          if (how.slow?.includes(item)) await takes(150)
          if (how.bad?.includes(item)) throw new Error(`bad ${item}`)
        },
        NO_RETRY,
      )
      wentOn.add(item)
      return `done ${item}`
    },
    { maxConcurrency: how.at },
  )
  if (how.slow) await steps.step('afterwards', () => takes(200))
  const failure = (() => {
    try {
      ended.throwIfError()
      return null
    } catch (error) {
      const { errorType, message } = error as Error & { errorType?: string }
      return { errorType, message }
    }
  })()
  // Of one invocation only: what a replay finds done runs no more.
  return { results: ended.getResults(), failure, began: [...began].sort(), wentOn: [...wentOn].sort() }
}

type Row = [name: string, it: Case['body'], answer: unknown]

const STEPS: Row[] = [
  [
    'a step answers with what its checkpoint holds, which is JSON',
    async (steps) => ({
      nothing: typeof (await steps.step('nothing', async () => undefined)),
      date: await steps.step('date', async () => new Date(0)),
      map: await steps.step('map', async () => new Map([[1, 2]])),
      fields: await steps.step('fields', async () => ({ gone: undefined, nan: Number.NaN })),
      nil: await steps.step('nil', async () => null),
    }),
    { nothing: 'undefined', date: '1970-01-01T00:00:00.000Z', map: {}, fields: { nan: null }, nil: null },
  ],
  [
    'a step is tried as often as its strategy says, and each try knows its number',
    (steps) =>
      ended(
        steps.step('tries', wellAfter(3), {
          retryStrategy: (_, attempt) => ({ shouldRetry: true, delay: { seconds: attempt } }),
        }),
      ),
    { value: 4 },
  ],
  [
    'a step that fails in the end rejects with a StepError of the last try’s message',
    (steps) => ended(steps.step('fails', wellAfter(9), NO_RETRY)),
    { errorType: 'StepError', message: 'boom 1' },
  ],
  [
    'a step without a strategy is tried six times',
    async (steps) => [
      await ended(steps.step('five', wellAfter(5))),
      await ended(steps.step('six', wellAfter(6))),
    ],
    [{ value: 6 }, { errorType: 'StepError', message: 'boom 6' }],
  ],
  [
    'a workflow goes on after a step that failed',
    async (steps) => {
      const first = await ended(steps.step('fails', wellAfter(9), NO_RETRY))
      await steps.wait('a while', { seconds: 1 })
      return [first, await steps.step('next', async () => 'went on')]
    },
    [{ errorType: 'StepError', message: 'boom 1' }, 'went on'],
  ],
  [
    'a wait of an hour ends',
    async (steps) => (await steps.wait('an hour', { seconds: 3_600 })) ?? null,
    null,
  ],
  [
    'a condition is checked with the last state, as JSON, until its strategy says stop',
    (steps) =>
      ended(
        steps.waitForCondition<{ count: number; at?: unknown; was?: string }>(
          'until three',
          async ({ count, at }) => ({ count: count + 1, at: new Date(0), was: typeof at }),
          {
            initialState: { count: 0 },
            waitStrategy: ({ count }, attempt) =>
              count === attempt && count < 3
                ? { shouldContinue: true, delay: { seconds: 5 } }
                : { shouldContinue: false },
          },
        ),
      ),
    { value: { count: 3, at: '1970-01-01T00:00:00.000Z', was: 'string' } },
  ],
  [
    'a check that throws ends the condition: nothing tries it again',
    (steps) =>
      ended(
        steps.waitForCondition<number>(
          'throws',
          async () => {
            throw new TypeError('boom')
          },
          { initialState: 0, waitStrategy: () => ({ shouldContinue: true, delay: { seconds: 1 } }) },
        ),
      ),
    { errorType: 'StepError', message: 'boom' },
  ],
]

const MAPS: Row[] = [
  [
    'a map answers in the items’ order, whoever ends first',
    async (steps) => (await mapped(steps, 4, { at: 2, slow: [0] })).results,
    ['done 0', 'done 1', 'done 2', 'done 3'],
  ],
  ['a map of nothing answers with nothing', async (steps) => (await mapped(steps, 0, { at: 2 })).results, []],
  [
    'a map leaves out what returned undefined, and keeps null',
    async (steps) =>
      (await steps.map('m', [0, 1, 2], async (_, item) => [undefined, null, 'two'][item])).getResults(),
    [null, 'two'],
  ],
  [
    'an item’s result is what its checkpoint holds, which is JSON',
    async (steps) => {
      const dates = await steps.map('m', [0, 1], async (_, item): Promise<unknown> => new Date(item))
      return dates.getResults().map((date) => typeof date)
    },
    ['string', 'string'],
  ],
  [
    'one by one, the first item that fails ends the map: the others never start',
    (steps) => mapped(steps, 4, { at: 1, bad: [0] }),
    { results: [], failure: { errorType: 'ChildContextError', message: 'bad 0' }, began: [0], wentOn: [] },
  ],
  [
    'one by one, what was done before the failure is kept',
    (steps) => mapped(steps, 4, { at: 1, bad: [2] }),
    {
      results: ['done 0', 'done 1'],
      failure: { errorType: 'ChildContextError', message: 'bad 2' },
      began: [0, 1, 2],
      wentOn: [0, 1],
    },
  ],
  [
    'side by side, what is under way when one fails is left alone: its step ends, and nothing comes after it',
    (steps) => mapped(steps, 4, { at: 2, bad: [1], slow: [0] }),
    { results: [], failure: { errorType: 'ChildContextError', message: 'bad 1' }, began: [0, 1], wentOn: [] },
  ],
  [
    'an item may throw without a step',
    async (steps) => {
      const items = await steps.map('m', [0, 1], async () => {
        throw new TypeError('plain')
      })
      return ended((async () => items.throwIfError())())
    },
    { errorType: 'ChildContextError', message: 'plain' },
  ],
  [
    'items that wait do so side by side',
    async (steps) => {
      const items = await steps.map('m', [3, 2, 1], async (inner, seconds) => {
        await inner.wait('w', { seconds })
        return seconds
      })
      return items.getResults()
    },
    [3, 2, 1],
  ],
  [
    'a map in a map: an inner failure is the outer item’s to catch',
    async (steps) => {
      const outer = await steps.map('outer', [0, 1], async (inner, one) => {
        const all = await inner.map(
          'inner',
          [0, 1],
          async (innermost, two) =>
            innermost.step(
              'step',
              async () => {
                if (one === 0 && two === 1) throw new Error('inner')
                return 10 * one + two
              },
              NO_RETRY,
            ),
          { maxConcurrency: 1 },
        )
        return [all.getResults(), await ended((async () => all.throwIfError())())]
      })
      return outer.getResults()
    },
    [
      [[0], { errorType: 'ChildContextError', message: 'inner' }],
      [[10, 11], { value: null }],
    ],
  ],
]

describe.each(Object.entries(RUNS))('%s', (name, run) => {
  // Only while the SDK's cases run: its fake timers slow everything else down.
  if (name === 'SDK') {
    beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }))
    afterAll(() => LocalDurableTestRunner.teardownTestEnvironment())
  }

  it.each([...STEPS, ...MAPS])('%s', async (_name, body, answer) => {
    expect(await run({ body })).toEqual(answer)
  })

  it('a workflow that throws has failed', async () => {
    const body = async () => {
      throw new TypeError('top')
    }
    await expect(run({ body })).rejects.toThrow('top')
  })

  // Lambda takes whole seconds, one at least; the SDK's local runner takes what it gets. Ours are as strict as Lambda.
  it.skipIf(name === 'SDK').each([0, 0.5, -1, Number.NaN])('refuses to wait %s s', async (seconds) => {
    const body = async (steps: Steps) => steps.wait('w', { seconds })
    await expect(run({ body })).rejects.toThrow(/whole seconds/)
  })

  // A plain process can neither start another function nor wait for a callback.
  if (name === 'inline') return

  it('invoke answers with the other function’s result, as JSON, and rejects where that failed or was stopped', async () => {
    const others = {
      echo: async (input: unknown) => input,
      fails: async () => {
        throw new TypeError('child boom')
      },
      stopped: async () => STOPPED,
    }
    const body = async (steps: Steps) => [
      await ended(steps.invoke('echoes', 'echo', { at: new Date(0) })),
      await ended(steps.invoke('fails', 'fails', {})),
      await ended(steps.invoke('is stopped', 'stopped', {})),
    ]
    expect(await run({ body, others })).toEqual([
      { value: { at: '1970-01-01T00:00:00.000Z' } },
      { errorType: 'InvokeError', message: 'child boom' },
      { errorType: 'InvokeError', message: 'stopped by an operator' },
    ])
  })

  it('a callback that nobody answers rejects with a CallbackTimeoutError', async () => {
    const body = async (steps: Steps) => {
      const [outcome] = await steps.createCallback('answer', { timeout: { seconds: 1 } })
      return ended(outcome)
    }
    expect(await run({ body })).toEqual({ errorType: 'CallbackTimeoutError', message: 'Callback timed out' })
  })
})
