import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reachableBinaries } from './binaries.ts'
import { handOver, unprivilegedUser } from './user.ts'
import { watchParent } from './watch-parent.ts'

export type Postgres = { host: string; port: number; user: string; password: string; stop(): Promise<void> }

/**
 * Starts a real PostgreSQL server of its own, from the npm package for this platform, in `directory` (which exists
 * and is ours). It listens on a free loopback port only, wants SCRAM passwords, and does not care for durability.
 * PostgreSQL refuses to run as root, so root starts it as an unprivileged user. When this process dies without
 * `stop`, a watcher ends the server and removes its files.
 *
 * @throws Error where the platform has no binary, or the server does not come up: with the server's own log
 */
export async function startPostgres(options: {
  directory: string
  /** `directory` is a temporary one of this process alone: if the process dies, it goes with everything in it. */
  ownDirectory?: boolean
  log?: (line: string) => void
}): Promise<Postgres> {
  const { log = () => {} } = options
  const home = join(options.directory, 'postgres')
  await mkdir(home)
  const watcher = watchParent(home, options.ownDirectory ?? false)
  const files = () => rm(home, { recursive: true, force: true })
  const started: ChildProcess[] = []
  try {
    const as = await unprivilegedUser()
    if (as) await handOver(home, as)
    const binaries = await reachableBinaries(home, as, log)
    const data = join(home, 'data')
    const logFile = join(home, 'server.log')
    const password = randomBytes(18).toString('base64url')
    const passwordFile = join(home, 'password')
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (as) await chown(passwordFile, as.uid, as.gid)

    const run = async (binary: string, args: string[]): Promise<ChildProcess> => {
      const output = await open(logFile, 'a')
      try {
        // Detached: Ctrl-C reaches this process alone, which then stops the server in good order.
        const child = spawn(binary, args, {
          ...as,
          cwd: home,
          env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
          stdio: ['ignore', output.fd, output.fd],
          detached: true,
        })
        started.push(child)
        return child
      } finally {
        await output.close()
      }
    }

    const initdb = await run(binaries.initdb, [
      ...['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      ...['-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    ])
    const [code] = await once(initdb, 'exit')
    await rm(passwordFile)
    if (code !== 0) throw new Error(`initdb ended with ${code}:\n${await tail(logFile)}`)

    const { server, port } = await firstFreePort(async (port) => {
      const server = await run(binaries.postgres, ['-D', data, '-p', String(port), ...SETTINGS])
      await ready(server, data, logFile)
      return { server, port }
    })
    log(`PostgreSQL is ready on 127.0.0.1:${port}`)
    return {
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      async stop() {
        if (isRunning(server)) {
          server.kill('SIGINT') // "fast": open sessions are cut.
          const late = setTimeout(() => server.kill('SIGQUIT'), 5000)
          const exited = once(server, 'exit')
          await exited
          clearTimeout(late)
        }
        await files()
        watcher.kill('SIGKILL')
      },
    }
  } catch (error) {
    for (const child of started.filter(isRunning)) {
      child.kill('SIGQUIT')
      await once(child, 'exit')
    }
    await files()
    watcher.kill('SIGKILL')
    throw error
  }
}

const SETTINGS = Object.entries({
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '50',
  shared_buffers: '16MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  // A statement that fails may hold a password.
  log_min_error_statement: 'panic',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`])

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** The server writes its state in the eighth line of its lock file, where pg_ctl reads it too. */
async function ready(server: ChildProcess, data: string, logFile: string) {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (!isRunning(server)) throw new Error(`PostgreSQL ended at once:\n${await tail(logFile)}`)
    const lock = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
    if (lock.split('\n')[7]?.trim() === 'ready') return
    await sleep(20)
  }
  throw new Error(`PostgreSQL did not become ready in 30 s:\n${await tail(logFile)}`)
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-20).join('\n')
}

/** Between finding a port free and using it, somebody else may take it. */
export async function firstFreePort<T>(use: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await use(await freePort())
    } catch (error) {
      if (attempt === 3 || !String(error).includes('Address already in use')) throw error
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
