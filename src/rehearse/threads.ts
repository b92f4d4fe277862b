import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Task } from './groups.ts'
import type { RehearsalOptions } from './options.ts'
import type { Load } from './peaks.ts'
import { type Happening, runGroup } from './run-group.ts'

/** A thread takes a quarter of a second to start. */
const WORTH_THREADS = 10_000

const MOST_THREADS = 4

/** Rotations that are kept of tasks that are ahead of their turn, some 2 KB each: as many before another is begun. */
const MOST_KEPT = 4_000

/** So that a thread collects its garbage in time. A group's world is small; what came of it is sent on day by day. */
const LIMITS = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 1_024 }

/** What comes of each task goes to `take`, in the order of the tasks, whichever is done first: by as many threads as help. */
export async function runAll(
  tasks: Task[],
  take: (happened: Happening[]) => void,
  { signal, threads = threadsFor(tasks) }: Pick<RehearsalOptions, 'signal' | 'threads'>,
): Promise<Load[]> {
  if (threads > 1) return runInThreads(tasks, threads, take, signal)
  const loads: Load[] = []
  for (const task of tasks) loads.push(await runGroup(task, take, signal))
  return loads
}

function threadsFor(tasks: Task[]): number {
  const rotations = tasks.reduce((sum, task) => sum + task.rotations, 0)
  return rotations < WORTH_THREADS ? 1 : Math.min(availableParallelism(), MOST_THREADS, tasks.length)
}

async function runInThreads(
  tasks: Task[],
  threads: number,
  take: (happened: Happening[]) => void,
  signal?: AbortSignal,
): Promise<Load[]> {
  const order = inOrder(take)
  let given = 0
  const work = async (worker: ReturnType<typeof openWorker>) => {
    for (let index = given++; index < tasks.length; index = given++) {
      await order.room(index)
      const task = tasks[index]
      if (task) order.over(index, await worker.run(task, (happened) => order.came(index, happened)))
    }
  }
  const workers = Array.from({ length: threads }, () => openWorker())
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    signal?.throwIfAborted()
    await Promise.race([aborted, Promise.all(workers.map(work))])
    return order.loads
  } finally {
    for (const worker of workers) worker.stop()
  }
}

/** Hands on what comes of the task whose turn it is, and keeps what comes of others until then. */
function inOrder(take: (happened: Happening[]) => void) {
  const loads: Load[] = []
  const kept = new Map<number, Happening[]>()
  let [turn, count] = [0, 0]
  const waiting: (() => void)[] = []
  return {
    loads,
    came(index: number, happened: Happening[]): void {
      if (index === turn) {
        take(happened)
        return
      }
      const before = kept.get(index) ?? []
      kept.set(index, before)
      before.push(...happened)
      count += sizeOf(happened)
    },
    over(index: number, load: Load): void {
      loads[index] = load
      while (loads[turn] !== undefined) {
        turn++
        const theirs = kept.get(turn) ?? []
        kept.delete(turn)
        count -= sizeOf(theirs)
        if (theirs.length > 0) take(theirs)
      }
      for (const go of waiting.splice(0)) go()
    },
    /** Resolves once this task may begin. */
    async room(index: number): Promise<void> {
      while (index > turn && count >= MOST_KEPT) await new Promise<void>((go) => waiting.push(go))
    },
  }
}

function sizeOf(happened: Happening[]): number {
  return happened.reduce((sum, it) => sum + ('wave' in it ? it.wave.rotations.length : 1), 0)
}

/** A thread: it runs what it is given, one task at a time. */
function openWorker() {
  const file = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js'
  const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: LIMITS })
  let broken: unknown
  let fail = (_: unknown): void => {}
  worker.on('error', (error) => {
    broken = error
    fail(error)
  })
  return {
    run: (task: Task, came: (happened: Happening[]) => void) =>
      new Promise<Load>((resolve, reject) => {
        if (broken !== undefined) return reject(broken)
        fail = reject
        worker.removeAllListeners('message')
        worker.on('message', (it: { happened: Happening[] } | { load: Load }) =>
          'load' in it ? resolve(it.load) : came(it.happened),
        )
        worker.postMessage(task)
      }),
    stop: () => void worker.terminate(),
  }
}
