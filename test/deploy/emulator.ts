import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort, NoEmulator, pythonWith } from './python.ts'

const run = promisify(execFile)

/** The version that emulator.py was written against. */
const MINISTACK = 'ministack==1.5.33'

export type Emulator = {
  /** What a process needs to talk to it, with the rights of its account's root user. */
  env: Record<string, string>
  /** Its own output so far. */
  log(): string
  /** Runs a Python script of this folder with ministack's botocore; answers with what it printed. */
  python(script: string, ...args: string[]): Promise<string>
  stop(): Promise<void>
}

/**
 * A script on the emulator: 0 where its story ends well, or where there can be no emulator, which is said; 1 with the
 * emulator's last words where not.
 */
export async function onEmulator(
  name: string,
  say: (text: string) => void,
  story: (emulator: Emulator) => Promise<void>,
): Promise<number> {
  let emulator: Emulator
  try {
    emulator = await startEmulator(say)
  } catch (error) {
    if (!(error instanceof NoEmulator)) throw error
    say(`${name} skipped: ${error.message}`)
    return 0
  }
  try {
    await story(emulator)
    return 0
  } catch (error) {
    say(
      `\n${error instanceof Error ? error.stack : error}\n\nThe emulator’s last words:\n${emulator.log().slice(-4_000)}`,
    )
    return 1
  } finally {
    await emulator.stop()
  }
}

/** Starts ministack, IAM enforced, on a free port of loopback. The first time it is installed from PyPI. */
async function startEmulator(say: (text: string) => void): Promise<Emulator> {
  const python = await pythonWith([MINISTACK], say)
  const port = await freePort()
  // Its Lambda functions are unpacked here: in /tmp itself, a package.json of somebody's would change what they are.
  const temporary = await mkdtemp(join(tmpdir(), 'tourbillon-emulator-'))
  const child = spawn(python, ['-B', join(import.meta.dirname, 'emulator.py')], {
    env: {
      // Its Lambda functions run on this very Node.
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      TMPDIR: temporary,
      AUTH: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const ended = once(child, 'exit')
  const endpoint = `http://127.0.0.1:${port}`
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  const stop = async () => {
    // The whole group: its Lambda workers are processes of their own.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
    await rm(temporary, { recursive: true, force: true })
  }
  for (let tries = 0; !(await answers(endpoint)); tries++) {
    if (child.exitCode === null && tries < 100) await sleep(200)
    else {
      await stop()
      throw new Error(`ministack did not start:\n${output}`)
    }
  }
  return {
    env,
    log: () => output,
    python: async (script, ...args) => {
      const file = join(import.meta.dirname, script)
      return (await run(python, ['-B', file, ...args], { env: { PATH: process.env.PATH, ...env } })).stdout
    },
    stop,
  }
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_ministack/health`).then(
    (response) => response.ok,
    () => false,
  )
}
