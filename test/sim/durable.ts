import { mapInline } from '../../src/steps/inline.ts'
import type { Steps } from '../../src/steps/steps.ts'
import type { Clock } from './clock.ts'

/** Where a crash can strike an operation: before its effect, after it but before the checkpoint, or after both. */
export type CrashPoint = 'before' | 'after effect' | 'after checkpoint'

export type DurableOptions = {
  clock: Clock
  /** Callbacks live in Lambda, not in the process: they outlast its crashes. */
  callbacks?: Callbacks
  /** Asked at each point of each operation: does the process die here? */
  crash?: (operation: string, point: CrashPoint) => boolean
  /** Whether a process that died comes back. A stopped execution does not. */
  restart?: boolean
  /** Runs another durable function, for `Steps.invoke`. */
  invoke?: (input: unknown) => Promise<unknown>
  /** Whether a wait ends in a new invocation that replays from the start, as it does on Lambda. */
  replayAfterWait?: boolean
}

/** Lambda's side of callbacks: each ends once, by an answer or by its timeout. */
export type Callbacks = {
  create(timeoutMs: number): string
  /** Resolves once it has ended. */
  ended(id: string): Promise<CallbackEnd>
  /** Answers it. What has ended already is refused with AWS's `CallbackTimeoutException`. */
  succeed(id: string, result: string): void
  fail(id: string, message: string): void
}

type CallbackEnd = { result: string } | { errorType: string; message: string }

export function memoryCallbacks(clock: Clock): Callbacks {
  const open = new Map<string, (end: CallbackEnd) => void>()
  const ends = new Map<string, Promise<CallbackEnd>>()
  const end = (id: string, how: CallbackEnd): boolean => {
    open.get(id)?.(how)
    return open.delete(id)
  }
  const answer = (id: string, how: CallbackEnd) => {
    if (end(id, how)) return
    throw Object.assign(new Error('The callback is closed.'), { name: 'CallbackTimeoutException' })
  }
  return {
    create(timeoutMs) {
      const id = `callback-${ends.size}`
      ends.set(id, new Promise((resolve) => open.set(id, resolve)))
      const late = { errorType: 'CallbackTimeoutError', message: 'Callback timed out' }
      void clock.sleep(timeoutMs).then(() => end(id, late))
      return id
    },
    ended: (id) => ends.get(id) ?? Promise.reject(new Error(`there is no callback ${id}`)),
    succeed: (id, result) => answer(id, { result }),
    fail: (id, message) => answer(id, { errorType: 'CallbackExternalError', message }),
  }
}

/**
 * A durable execution in virtual time: a journal of finished operations that survives its process. A crash ends the
 * invocation at that point, with everything it was doing, and a new one replays the workflow from the start: finished
 * operations answer from the journal (through JSON, as checkpoints do), the rest runs again.
 *
 * `body` gets `alive` to guard what it reaches the world by: a dead process sends nothing more.
 */
export async function runDurable<T>(
  {
    clock,
    callbacks = memoryCallbacks(clock),
    crash = () => false,
    restart = true,
    invoke,
    replayAfterWait = true,
  }: DurableOptions,
  body: (steps: Steps, alive: () => boolean) => Promise<T>,
): Promise<T | undefined> {
  const journal = new Map<string, string>()
  for (;;) {
    let died = () => {}
    const death = new Promise<'dead'>((resolve) => {
      died = () => resolve('dead')
    })
    let alive = true
    const die = (): Promise<never> => {
      alive = false
      died()
      return new Promise(() => {})
    }
    const shared = { clock, callbacks, crash, invoke, replayAfterWait, journal }
    const steps = journaled('', { ...shared, die, alive: () => alive })
    const end = await Promise.race([body(steps, () => alive).then((result) => ({ result })), death])
    if (end !== 'dead') return end.result
    if (!restart) return undefined
    await clock.sleep(1_000)
  }
}

type Invocation = Omit<DurableOptions, 'restart' | 'invoke'> & {
  crash: NonNullable<DurableOptions['crash']>
  callbacks: Callbacks
  replayAfterWait: boolean
  invoke: DurableOptions['invoke'] | undefined
  journal: Map<string, string>
  die(): Promise<never>
  alive(): boolean
}

function journaled(prefix: string, invocation: Invocation): Steps {
  const { clock, callbacks, crash, replayAfterWait, journal, die, alive } = invocation
  let count = 0

  /** Runs an operation once: from the journal where it has finished, else for real, with its three crash points. */
  async function operation<T>(
    name: string,
    run: (id: string) => Promise<T>,
    afterwards?: () => boolean,
  ): Promise<T> {
    const id = `${prefix}/${count++}:${name}`
    if (!alive()) return die()
    const known = journal.get(id)
    if (known !== undefined) return JSON.parse(known) as T
    if (crash(id, 'before')) return die()
    const result = await run(id)
    if (!alive() || crash(id, 'after effect')) return die()
    const checkpoint = JSON.stringify(result ?? null)
    journal.set(id, checkpoint)
    if (afterwards?.() || crash(id, 'after checkpoint')) return die()
    return JSON.parse(checkpoint) as T
  }

  const steps: Steps = {
    step: (name, fn, config) =>
      operation(name, async () => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await fn({ attempt })
          } catch (error) {
            const decision = config?.retryStrategy?.(error as Error, attempt)
            if (!decision?.shouldRetry) throw error
            await clock.sleep(decision.delay.seconds * 1_000)
            if (!alive()) return die()
          }
        }
      }),
    wait: (name, { seconds }) =>
      operation(
        name,
        async (id) => {
          // A wait's end is fixed as it begins: a replay waits for the rest of it only.
          const until = Number(journal.get(`${id} until`) ?? clock.now() + seconds * 1_000)
          journal.set(`${id} until`, String(until))
          await clock.sleep(until - clock.now())
        },
        () => replayAfterWait,
      ),
    waitForCondition: (name, check, { initialState, waitStrategy }) =>
      operation(name, async () => {
        let state = initialState
        for (let attempt = 1; ; attempt++) {
          state = JSON.parse(JSON.stringify(await check(state)))
          const decision = waitStrategy(state, attempt)
          if (!decision.shouldContinue) return state
          await clock.sleep(decision.delay.seconds * 1_000)
          if (!alive()) return die()
        }
      }),
    async createCallback(name, { timeout }) {
      const id = await operation(name, async () => callbacks.create(timeout.seconds * 1_000))
      const ended = () =>
        operation(
          `${name} outcome`,
          () => callbacks.ended(id),
          () => replayAfterWait,
        )
      // Lazy, as the SDK's promises are: only who awaits it ends the invocation, and the answer starts another one.
      // biome-ignore lint/suspicious/noThenProperty: that is what makes it lazy.
      return [{ then: (resolve, reject) => ended().then(textOf).then(resolve, reject) }, id]
    },
    invoke<I, O>(name: string, _functionId: string, input: I) {
      const { invoke } = invocation
      if (!invoke) throw new Error('this execution can start no other')
      return operation(name, () => invoke(JSON.parse(JSON.stringify(input))) as Promise<O>)
    },
    map(name, items, fn, config) {
      const here = `${prefix}/${count++}:${name}`
      return mapInline(
        items,
        (item, index) => fn(journaled(`${here}[${index}]`, invocation), item, index),
        config,
      )
    },
  }
  return steps
}

function textOf(end: CallbackEnd): string {
  if ('result' in end) return end.result
  throw Object.assign(new Error(end.message), { errorType: end.errorType })
}
