import {
  batchOf,
  type ItemEnd,
  mapUntilFailure,
  OperationError,
  retryAfter,
  wholeSeconds,
} from '../../steps/meaning.ts'
import type { Steps } from '../../steps/steps.ts'
import type { Clock } from './clock.ts'
import { jsonCopy } from './plain-copy.ts'

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
  /** Runs another durable function, for `Steps.invoke`; rejects where that fails or is stopped. */
  invoke?: (input: unknown, functionId: string) => Promise<unknown>
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
 * operations answer from the journal (through JSON, as checkpoints do), failures included, the rest runs again. Tries of
 * a step and states of a condition are checkpoints too.
 *
 * `body` gets `alive` to guard what it reaches the world by: a dead process sends nothing more.
 */
export async function runDurable<T>(
  {
    clock,
    callbacks = memoryCallbacks(clock),
    crash,
    restart = true,
    invoke,
    replayAfterWait = true,
  }: DurableOptions,
  body: (steps: Steps, alive: () => boolean) => Promise<T>,
): Promise<T | undefined> {
  const journal: Journal = new Map()
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
    const replays = crash !== undefined || replayAfterWait
    const shared = {
      clock,
      callbacks,
      crash: crash ?? (() => false),
      invoke,
      replayAfterWait,
      replays,
      journal,
    }
    const steps = journaled('', { ...shared, die, alive: () => alive })
    const end = await Promise.race([body(steps, () => alive).then((result) => ({ result })), death])
    if (end !== 'dead') return end.result
    if (!restart) return undefined
    await clock.sleep(1_000)
  }
}

/** What outlives a process: as JSON has it. */
type Journal = Map<string, unknown>

type Invocation = Omit<DurableOptions, 'restart' | 'invoke'> & {
  crash: NonNullable<DurableOptions['crash']>
  callbacks: Callbacks
  replayAfterWait: boolean
  /** Whether there may be a replay at all: without one, nothing that is over is kept. */
  replays: boolean
  invoke: DurableOptions['invoke'] | undefined
  journal: Journal
  die(): Promise<never>
  alive(): boolean
}

/** What a checkpoint holds: a value, or how the operation failed. */
type Checkpoint<T> = { value?: T } | { failed: { errorType: OperationError['errorType']; message: string } }

type Tried<T> = [fn: (context: { attempt: number }) => Promise<T>, config: Parameters<Steps['step']>[2]]

/** A context: the execution's own, or an item's of a map. `isOver`: that map has ended without it. */
function journaled(prefix: string, invocation: Invocation, isOver = () => false): Steps {
  const { clock, callbacks, crash, replayAfterWait, replays, journal, die, alive } = invocation
  /** What the workflow gets of what was kept for a replay: without one, it is the only one that has it. */
  const apart = replays ? jsonCopy : <T>(value: T): T => value
  const keep = (id: string, checkpoint: unknown) => void (replays && journal.set(id, checkpoint))
  let count = 0
  const gone = () => !alive() || isOver()
  const never = (): Promise<never> => (alive() ? new Promise(() => {}) : die())

  /** Runs an operation once: from the journal where it has finished, else for real, with its three crash points. */
  async function operation<T>(
    name: string,
    run: (id: string) => Promise<T>,
    { fails, afterwards }: { fails?: OperationError['errorType']; afterwards?: () => boolean } = {},
  ): Promise<T> {
    const id = `${prefix}/${count++}:${name}`
    if (gone()) return never()
    const known = journal.get(id)
    if (known !== undefined) return read<T>(jsonCopy(known))
    if (crash(id, 'before')) return die()
    const end = await run(id).then(
      (value): Checkpoint<T> => ({ value }),
      (error): Checkpoint<T> => {
        if (fails === undefined) throw error
        return { failed: { errorType: fails, message: new OperationError(fails, error).message } }
      },
    )
    if (!alive() || crash(id, 'after effect')) return die()
    if (isOver()) return never()
    const checkpoint = jsonCopy(end)
    keep(id, checkpoint)
    if (afterwards?.() || crash(id, 'after checkpoint')) return die()
    return read<T>(apart(checkpoint))
  }

  /** A pause whose end is fixed as it begins: a replay waits for the rest of it only. */
  async function pause(key: string, seconds: number) {
    const until = Number(journal.get(key) ?? clock.now() + wholeSeconds(seconds) * 1_000)
    journal.set(key, until)
    await clock.sleep(until - clock.now())
    if (gone()) await never()
  }
  /** What is left of the pause before this try. */
  const rest = async (id: string, attempt: number) => {
    const key = `${id} pause ${attempt - 1}`
    if (journal.has(key)) await pause(key, 1)
  }

  /** A step's tries, each of which may be another invocation's. */
  async function tried<T>(id: string, ...[fn, config]: Tried<T>): Promise<T> {
    for (;;) {
      const attempt = Number(journal.get(`${id} attempt`) ?? 1)
      await rest(id, attempt)
      try {
        return await fn({ attempt })
      } catch (error) {
        await beforeNextTry(id, attempt, error, config)
      }
    }
  }
  /** Throws the error where there is no other try. */
  async function beforeNextTry(id: string, attempt: number, error: unknown, config: Tried<never>[1]) {
    if (gone()) return never()
    const seconds = retryAfter(config, error, attempt)
    if (seconds === undefined) throw error
    journal.set(`${id} attempt`, attempt + 1)
    await pause(`${id} pause ${attempt}`, seconds)
    // The next try is another invocation's, which knows nothing but what is kept.
    if (replayAfterWait) return die()
  }

  const steps: Steps = {
    step: (name, fn, config) => operation(name, (id) => tried(id, fn, config), { fails: 'StepError' }),
    wait: (name, { seconds }) =>
      operation(name, (id) => pause(`${id} pause`, seconds), { afterwards: () => replayAfterWait }),
    waitForCondition: <T>(
      name: string,
      check: (state: T) => Promise<T>,
      { initialState, waitStrategy }: Parameters<Steps['waitForCondition']>[2] & { initialState: T },
    ) =>
      operation(
        name,
        async (id) => {
          for (;;) {
            const last = journal.get(`${id} state`) as { state: T; attempt: number } | undefined
            const { state, attempt } = last ? apart(last) : { state: initialState, attempt: 1 }
            await rest(id, attempt)
            const seen = jsonCopy(await check(state))
            const decision = waitStrategy(seen, attempt)
            if (!decision.shouldContinue) return seen
            if (gone()) return never()
            journal.set(`${id} state`, apart({ state: seen, attempt: attempt + 1 }))
            await pause(`${id} pause ${attempt}`, decision.delay.seconds)
          }
        },
        { fails: 'StepError' },
      ),
    async createCallback(name, { timeout }) {
      const id = await operation(name, async () => callbacks.create(wholeSeconds(timeout.seconds) * 1_000))
      const ended = () =>
        operation(`${name} outcome`, () => callbacks.ended(id), { afterwards: () => replayAfterWait })
      // Lazy, as the SDK's promises are: only who awaits it ends the invocation, and the answer starts another one.
      // biome-ignore lint/suspicious/noThenProperty: that is what makes it lazy.
      return [{ then: (resolve, reject) => ended().then(textOf).then(resolve, reject) }, id]
    },
    invoke<I, O>(name: string, functionId: string, input: I) {
      const { invoke } = invocation
      if (!invoke) throw new Error('this execution can start no other')
      return operation(name, () => invoke(jsonCopy(input), functionId) as Promise<O>, {
        fails: 'InvokeError',
      })
    },
    /** Its end is one checkpoint, each item's another: what a replay finds of them runs no more. */
    async map(name, items, fn, config) {
      const here = `${prefix}/${count++}:${name}`
      if (gone()) return never()
      const run = async (item: (typeof items)[number], index: number, ended: () => boolean) => {
        const id = `${here}[${index}]`
        const over = () => isOver() || ended()
        const known = journal.get(id)
        if (known !== undefined) return read<Awaited<ReturnType<typeof fn>>>(jsonCopy(known))
        const end = await fn(journaled(id, invocation, over), item, index).then(
          (value) => ({ value }),
          (error) => ({ failed: { errorType: 'StepError' as const, message: String(error?.message) } }),
        )
        if (!alive() || crash(id, 'after effect')) return die()
        if (over()) return never()
        const checkpoint = jsonCopy(end)
        keep(id, checkpoint)
        return read<Awaited<ReturnType<typeof fn>>>(apart(checkpoint))
      }
      const known = journal.get(here)
      const ends: KeptItem[] = known
        ? (jsonCopy(known) as KeptItem[])
        : (await mapUntilFailure(items, run, config?.maxConcurrency)).map(kept)
      if (gone()) return never()
      keep(here, apart(ends))
      return batchOf(ends.map(restored) as ItemEnd<never>[])
    },
  }
  return steps
}

function read<T>(checkpoint: unknown): T {
  const end = checkpoint as Checkpoint<T>
  if ('failed' in end) throw new OperationError(end.failed.errorType, new Error(end.failed.message))
  return end.value as T
}

type KeptItem = { result?: unknown } | { failed: string }

const kept = (end: ItemEnd<unknown>): KeptItem => ('error' in end ? { failed: end.error.message } : end)
const restored = (item: KeptItem): ItemEnd<unknown> =>
  item && 'failed' in item ? { error: new OperationError('ChildContextError', new Error(item.failed)) } : item

function textOf(end: CallbackEnd): string {
  if ('result' in end) return end.result
  throw Object.assign(new Error(end.message), { errorType: end.errorType })
}
