import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { InvocationLost } from '../../src/local/aws.ts'
import type { Random } from '../../src/rehearse/world/random.ts'

/** From and to a host, by IPC. */
export type Asked = { id: number; event: unknown; context: object; remainingMs: number }
export type NotifiedFindings =
  | { ready: true }
  | { id: number; result?: unknown; error?: { name: string; message: string } }

/** The processes that run one function of one deployed version. */
export type Hosts = {
  /** Rejects with an error `Killed` where the process died, and with the function's own where it threw. */
  invoke(event: unknown, context: object): Promise<unknown>
  /** SIGKILL to one that is at work. Answers how many invocations died with it. */
  kill(random: Random): number
  stop(): Promise<void>
}

class Killed extends Error {
  override readonly name = 'Killed'
}

type Host = {
  child: ChildProcess
  ready: Promise<unknown>
  under: Map<number, { resolve(value: unknown): void; reject(error: Error): void }>
}

type Options = {
  /** Path of the handler's TypeScript. */
  handler: string
  env: Record<string, string>
  /** Processes at most. */
  size: number
  /** What one invocation may take, as the function's `timeout` in serverless.yml. */
  timeoutMs: number
  /** Where what they write goes. */
  log: string
}

const CLOCK = join(import.meta.dirname, 'clock.ts')
const HOST = join(import.meta.dirname, 'host.ts')

export function startHosts({ handler, env, size, timeoutMs, log }: Options): Hosts {
  const hosts = new Set<Host>()
  const output = createWriteStream(log, { flags: 'a' })
  let ids = 0
  let stopped = false

  function start(): Host {
    const child = spawn(process.execPath, ['--import', CLOCK, HOST, handler], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    child.stdout?.pipe(output, { end: false })
    child.stderr?.pipe(output, { end: false })
    const host: Host = { child, ready: once(child, 'message'), under: new Map() }
    host.ready.catch(() => {})
    child.on('message', (told: NotifiedFindings) => {
      if ('ready' in told) return
      const waiting = host.under.get(told.id)
      host.under.delete(told.id)
      if (told.error) waiting?.reject(Object.assign(new Error(told.error.message), { name: told.error.name }))
      else waiting?.resolve(told.result)
    })
    child.on('exit', () => {
      hosts.delete(host)
      for (const { reject } of host.under.values()) reject(new Killed(`the process of ${handler} died`))
      host.under.clear()
    })
    hosts.add(host)
    return host
  }

  return {
    async invoke(event, context) {
      if (stopped) throw new Killed('stopped')
      const [idle] = [...hosts].sort((a, b) => a.under.size - b.under.size)
      const host = idle === undefined || (idle.under.size > 0 && hosts.size < size) ? start() : idle
      const id = ++ids
      const answer = new Promise<unknown>((resolve, reject) => host.under.set(id, { resolve, reject }))
      // Like Lambda: whoever takes too long is killed, with all that runs beside it here.
      const late = setTimeout(() => host.child.kill('SIGKILL'), timeoutMs)
      try {
        await Promise.race([host.ready, answer])
        host.child.send({ id, event, context, remainingMs: timeoutMs } satisfies Asked, () => {})
        return await answer
      } finally {
        clearTimeout(late)
      }
    },
    kill(random) {
      const [first, ...rest] = [...hosts].filter(({ under }) => under.size > 0)
      if (first === undefined) return 0
      const host = random.pick([first, ...rest])
      const { size } = host.under
      host.child.kill('SIGKILL')
      return size
    },
    async stop() {
      stopped = true
      await Promise.all(
        [...hosts].map(async ({ child }) => {
          const ended = once(child, 'exit')
          if (child.kill('SIGKILL')) await ended
        }),
      )
      output.end()
    },
  }
}

/** What Lambda sends over: the execution's state as JSON, without the runner's client in it. */
export function durably(hosts: Hosts): DurableLambdaHandler {
  return async (event, context) => {
    const { DurableExecutionArn, CheckpointToken, InitialExecutionState } = event
    try {
      const { functionName, functionVersion, invokedFunctionArn, awsRequestId } = context
      return (await hosts.invoke(
        { DurableExecutionArn, CheckpointToken, InitialExecutionState },
        { functionName, functionVersion, invokedFunctionArn, awsRequestId },
      )) as Awaited<ReturnType<DurableLambdaHandler>>
    } catch (error) {
      throw new InvocationLost(String(error))
    }
  }
}
