import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The version that emulator.py was written against. */
const MINISTACK = 'ministack==1.5.33'
const VENV = join(import.meta.dirname, '../../.tourbillon', MINISTACK.replace('==', '-'))
const PYTHON = join(VENV, 'bin/python')

/** Why there is no emulator here; the rest of the project does without. */
export class NoEmulator extends Error {}

export type Emulator = {
  /** What a process needs to talk to it, with the rights of its account's root user. */
  env: Record<string, string>
  /** Its own output so far. */
  log(): string
  /** Runs a Python script of this folder with ministack's botocore; answers with what it printed. */
  python(script: string, ...args: string[]): Promise<string>
  stop(): Promise<void>
}

/** Starts ministack, IAM enforced, on a free port of loopback. The first time it is installed from PyPI. */
export async function startEmulator(say: (text: string) => void): Promise<Emulator> {
  await install(say)
  const port = await freePort()
  // Its Lambda functions are unpacked here: in /tmp itself, a package.json of somebody's would change what they are.
  const temporary = await mkdtemp(join(tmpdir(), 'tourbillon-emulator-'))
  const child = spawn(PYTHON, ['-B', join(import.meta.dirname, 'emulator.py')], {
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
      return (await run(PYTHON, ['-B', file, ...args], { env: { PATH: process.env.PATH, ...env } })).stdout
    },
    stop,
  }
}

async function install(say: (text: string) => void): Promise<void> {
  if (await succeeds(PYTHON, ['-c', 'import ministack'])) return
  const suitable = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'
  if (!(await succeeds('python3', ['-c', suitable]))) {
    throw new NoEmulator('it needs Python 3.10 or later with venv, and there is none on this machine')
  }
  say(`installing ${MINISTACK} in ${VENV}`)
  await rm(VENV, { recursive: true, force: true })
  try {
    await run('python3', ['-m', 'venv', VENV])
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', MINISTACK])
  } catch (error) {
    throw new NoEmulator(
      `${MINISTACK} could not be installed: ${error instanceof Error ? error.message : error}`,
    )
  }
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  )
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_ministack/health`).then(
    (response) => response.ok,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
