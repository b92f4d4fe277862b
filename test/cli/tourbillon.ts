import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { createTerminal } from '../../src/cli/terminal.ts'

export type Ended = { code: number | null; stdout: string; stderr: string; ms: number }

export const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

/** An environment in which nothing of this machine's own AWS shows: no profile, no region, no metadata service. */
export function bareEnvironment(env: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: join(tmpdir(), 'nobody-at-home'),
    AWS_EC2_METADATA_DISABLED: 'true',
    // Dozens of processes compile the same files: once is enough.
    NODE_COMPILE_CACHE: join(tmpdir(), 'tourbillon-test-compile-cache'),
    ...env,
  }
}

type Where = { env?: Record<string, string> | undefined; cwd?: string | undefined }

/**
 * `npx aws-tourbillon …` in this process, pipes for a terminal: all that main.ts does, but for the start of a process, which
 * is most of what a command costs. With an environment or a folder of its own it has that alone, as a process has; such
 * commands wait for one another, and no other may run meanwhile.
 */
export async function tourbillon(args: string[], { env, cwd }: Where = {}): Promise<Ended> {
  if (env === undefined && cwd === undefined) return inProcess(args)
  const mine = turn.then(async () => {
    const [before, there] = [{ ...process.env }, process.cwd()]
    becomeEnvironment({ ...bareEnvironment(env), AWS_DEFAULTS_MODE: 'standard' })
    if (cwd !== undefined) process.chdir(cwd)
    try {
      return await inProcess(args)
    } finally {
      process.chdir(there)
      becomeEnvironment(before)
    }
  })
  turn = mine.catch(() => {})
  return mine
}

let turn: Promise<unknown> = Promise.resolve()

/** In place: only so does a time zone take effect. */
function becomeEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
}

async function inProcess(args: string[]): Promise<Ended> {
  const started = Date.now()
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const read = Promise.all([text(stdout), text(stderr)])
  const streams = { stdout, stderr } as unknown as Pick<NodeJS.Process, 'stdout' | 'stderr'>
  const exit = (code?: number | string | null): never => {
    throw new Error(`the process would end with ${code}`)
  }
  const code = await runCommandLine(args, createTerminal({ ...streams, env: process.env, exit }))
  stdout.end()
  stderr.end()
  const [out, err] = await read
  return { code, stdout: out, stderr: err, ms: Date.now() - started }
}

/** `npx aws-tourbillon …` as a process, pipes for a terminal. It is killed after `limitMs`: then its code is null. */
export async function tourbillonProcess(
  args: string[],
  { env = {}, limitMs = 120_000, cwd }: Where & { limitMs?: number } = {},
): Promise<Ended> {
  const started = Date.now()
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: bareEnvironment(env),
    timeout: limitMs,
    ...(cwd !== undefined && { cwd }),
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr, ms: Date.now() - started }
}
