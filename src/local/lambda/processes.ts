import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** To and from a process that runs a function, by IPC. */
export type Asked = { event: unknown; context: object; remainingMs: number }
export type Told =
  | { ready: true }
  | { broken: string }
  | { result: unknown }
  | { error: { name: string; message: string } }

/** The process ended before the function did: it was killed, ran out of time, or never came to the function. */
class ProcessLost extends Error {
  override readonly name = 'ProcessLost'
}

/** The code cannot be loaded, however often it is tried. */
export class CodeBroken extends Error {
  override readonly name = 'Runtime.ImportModuleError'
}

/** The processes of one function's version: each for one invocation at a time, and used again. */
export type Processes = {
  /** Rejects with the function's own error, with ProcessLost, or with CodeBroken. */
  run(asked: Asked): Promise<unknown>
  stop(): Promise<void>
}

const PROCESS = join(import.meta.dirname, 'process.ts')

export function processes(options: {
  folder: string
  /** As in `index.handler`. */
  handler: string
  env: Record<string, string>
  log(line: string): void
}): Processes {
  const idle: ChildProcess[] = []
  const all = new Set<ChildProcess>()
  let stopped = false

  async function start(): Promise<ChildProcess> {
    const child = fork(PROCESS, [options.folder, options.handler], { env: options.env, silent: true })
    all.add(child)
    child.on('exit', () => all.delete(child))
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => options.log(data.toString().trimEnd()))
    const told = await next(child)
    if ('broken' in told) {
      child.kill('SIGKILL')
      throw new CodeBroken(told.broken)
    }
    return child
  }

  return {
    async run(asked) {
      if (stopped) throw new ProcessLost('The function is gone.')
      const child = idle.pop() ?? (await start())
      const late = setTimeout(() => child.kill('SIGKILL'), asked.remainingMs)
      try {
        child.send(asked, () => {})
        const told = await next(child)
        if (stopped) child.kill('SIGKILL')
        else idle.push(child)
        if ('error' in told) {
          const { name, message } = told.error
          throw Object.assign(new Error(message), { name })
        }
        return 'result' in told ? told.result : undefined
      } finally {
        clearTimeout(late)
      }
    },
    async stop() {
      stopped = true
      await Promise.all(
        [...all].map(async (child) => {
          const ended = once(child, 'exit')
          if (child.kill('SIGKILL')) await ended
        }),
      )
    },
  }
}

function next(child: ChildProcess): Promise<Told> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new ProcessLost('The process of the function ended without an answer.'))
    child.once('exit', lost)
    child.once('message', (told: Told) => {
      child.off('exit', lost)
      resolve(told)
    })
    // It may be over already.
    if (child.exitCode !== null || child.signalCode !== null) lost()
  })
}
