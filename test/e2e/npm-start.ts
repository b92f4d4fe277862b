import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll } from 'vitest'

/** `npm start` as a person types it: in a process group of its own, with whatever Node the machine has. */
export type Started = {
  child: ChildProcess
  output: { stdout: string; stderr: string }
  /** Resolves once the text has been written to either stream. */
  saw(text: string | RegExp): Promise<RegExpExecArray>
  /** What a terminal does at Ctrl-C: SIGINT to the whole group. */
  ctrlC(): void
  ended: Promise<{ code: number; ms: number }>
  /** Files and processes that are left of it; removes the directory. */
  leftovers(): Promise<{ files: string[]; processes: string[] }>
}

const running = new Map<ChildProcess, string>()
// A test that failed half-way leaves none of its processes either.
afterAll(async () => {
  for (const [child, directory] of running) {
    kill(child, 'SIGKILL')
    await rm(directory, { recursive: true, force: true, maxRetries: 20 })
  }
})

export async function npmStart(
  args: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Started> {
  const directory = await mkdtemp(join(tmpdir(), 'npm-start-'))
  await chmod(directory, 0o755) // PostgreSQL runs as another user where we are root.
  const began = Date.now()
  const checkout = join(import.meta.dirname, '../..')
  const child = spawn('npm', ['--prefix', checkout, 'start', '--silent', '--', ...args], {
    cwd: options.cwd ?? checkout,
    env: {
      PATH: hostPath(),
      HOME: directory,
      TMPDIR: directory,
      npm_config_cache: join(tmpdir(), 'npm-cache'),
      ...options.env,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      for (const listener of listeners) listener()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: statusOf(code, signal),
    ms: Date.now() - began,
  }))
  running.set(child, directory)
  ended.finally(() => running.delete(child))
  return {
    child,
    output,
    ended,
    ctrlC: () => kill(child, 'SIGINT'),
    saw: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = new RegExp(text).exec(output.stdout + output.stderr)
          if (found) resolve(found)
        }
        listeners.add(look)
        look()
        ended.then(() => reject(new Error(`ended without ${text}:\n${output.stdout}${output.stderr}`)))
      }),
    async leftovers() {
      const all = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.split('\n')
      const processes = all.filter((line) => line.includes(directory))
      const files = await readdir(directory)
      await rm(directory, { recursive: true })
      return { files, processes }
    },
  }
}

/** As a shell tells it: npm ends itself by the signal that its script was sent. */
function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal)
}

/** Without the project's own Node, which npm is to find by itself. */
function hostPath(): string {
  const path = process.env.PATH ?? ''
  return path
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'))
    .join(delimiter)
}
