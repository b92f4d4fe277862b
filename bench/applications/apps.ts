import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileFunction } from 'node:vm'
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { keyed, type Random } from '../../src/rehearse/world/random.ts'

/** Applications with connection pools, as people write them: each keeps its secret in a way of its own. */

export const KINDS = ['for ever', 'cached', 'retries', 'backs off', 'restarted', 'told'] as const
export type Kind = (typeof KINDS)[number]

type Session = {
  query(text: string): Promise<{ rows: { pid: number }[] }>
  release(end?: boolean): void
}

export type App = {
  connect(): Promise<Session>
  /** What its owner does once the secret has rotated: a new task that reads anew, or a cache that is dropped. */
  refresh(): Promise<void>
}

/** A query that failed. `began`, `ended`: epoch ms. `code`: PostgreSQL's, 28P01 where the login was refused. */
export type Failure = { began: number; ended: number; code: string }

/** `fresh`: those on a session that no query had been on before, and all that failed. */
export type Counted = { total: number; fresh: number; failures: Failure[] }

type Login = { host: string; port: number; dbname: string; username: string; password: string }

export type Options = {
  secret: string
  /** Signs as the application's own role. */
  client: SecretsManagerClient
  /** How long `cached` keeps what it has read. */
  ttlMs: number
}

const REFUSED = '28P01'

export async function startApp(kind: Kind, options: Options): Promise<App> {
  return MAKERS[kind](options)
}

const MAKERS: Record<Kind, (options: Options) => Promise<App>> = {
  /** Reads its secret as it starts, and never again. */
  async 'for ever'(options) {
    const pool = poolOf(await read(options))
    return { connect: () => pool.connect(), refresh: async () => {} }
  },

  /** Reads it again once what it has is older than `ttlMs`. */
  async cached(options) {
    let pool: Promise<pg.Pool> | undefined
    let login = ''
    let until = 0
    const current = (): Promise<pg.Pool> => {
      if (pool && Date.now() < until) return pool
      until = Number.POSITIVE_INFINITY
      const before = pool
      pool = (async () => {
        try {
          const found = await read(options)
          until = Date.now() + options.ttlMs
          const same = before && JSON.stringify(found) === login
          login = JSON.stringify(found)
          return same ? await before : poolOf(found)
        } catch (error) {
          pool = undefined
          throw error
        }
      })()
      return pool
    }
    await current()
    return { connect: async () => (await current()).connect(), refresh: async () => {} }
  },

  /** The Node.js example of docs/applications.md, as it stands: reads anew where the login is refused, and tries once more. */
  async retries({ secret, client }) {
    const page = readFileSync(join(import.meta.dirname, '../../docs/applications.md'), 'utf8')
    const [, written = ''] = /```js\n(.+?)```/s.exec(page) ?? []
    const body = written.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '')
    if (!body.includes("'prod/orders/db'")) throw new Error('docs/applications.md has another example')
    function Client() {
      return client
    }
    const names = ['pg', 'SecretsManagerClient', 'GetSecretValueCommand']
    const own = body.replace("'prod/orders/db'", JSON.stringify(secret))
    const connect = compileFunction(`${own}\nreturn connect`, names)(pg, Client, GetSecretValueCommand)
    return { connect, refresh: async () => {} }
  },

  /** As the one before, and goes on for a minute, with longer and longer waits. */
  async 'backs off'(options) {
    let pool = read(options).then(poolOf)
    await pool
    const connect = async (): Promise<Session> => {
      const began = Date.now()
      for (let wait = 250; ; wait = Math.min(2_000, wait * 2)) {
        const mine = pool
        try {
          return await (await mine).connect()
        } catch (error) {
          if (codeOf(error) !== REFUSED || Date.now() > began + 60_000) throw error
          await sleep(wait)
          if (pool === mine) pool = read(options).then(poolOf)
          pool.catch(() => {})
        }
      }
    }
    return { connect, refresh: async () => {} }
  },

  /** Tasks that read it as they start. The old one serves until the new one does. */
  async restarted(options) {
    let pool = await task(options)
    return {
      connect: () => pool.connect(),
      async refresh() {
        pool = await task(options)
      },
    }
  },

  /** Keeps it until it is told. */
  async told(options) {
    let pool = await task(options)
    return {
      connect: () => pool.connect(),
      async refresh() {
        pool = await task(options)
      },
    }
  },
}

/** Runs once it has a session. */
async function task(options: Options): Promise<pg.Pool> {
  const pool = poolOf(await read(options))
  const session = await pool.connect()
  session.release()
  return pool
}

async function read({ client, secret }: Options): Promise<Login> {
  const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: secret }))
  return JSON.parse(SecretString) as Login
}

/** Never ended: its sessions end by themselves once they are given back, and whoever waits in it would wait for good. */
function poolOf({ host, port, dbname, username, password }: Login): pg.Pool {
  const settings = { host, port, database: dbname, user: username, password }
  const pool = new pg.Pool({ ...settings, max: 3, idleTimeoutMillis: 2_000 })
  pool.on('error', () => {})
  return pool
}

/** Of so many queries one gives its session back for good, so that a later one needs a new session. */
const ENDS = 0.3

/** Asks, about every `everyMs`, whatever became of the queries before; until `stop`, which waits for those under way. */
export function keepAsking(app: App, name: string, { everyMs, seed }: { everyMs: number; seed: number }) {
  const random: Random = keyed(seed, name)
  const counted: Counted = { total: 0, fresh: 0, failures: [] }
  const known = new Set<number>()
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()

  async function ask() {
    const began = Date.now()
    counted.total++
    try {
      const session = await app.connect()
      try {
        const { rows } = await session.query('SELECT pg_backend_pid() AS pid')
        const pid = rows[0]?.pid ?? 0
        if (!known.has(pid)) counted.fresh++
        known.add(pid)
      } finally {
        session.release(random.chance(ENDS))
      }
    } catch (error) {
      counted.fresh++
      counted.failures.push({ began, ended: Date.now(), code: codeOf(error) })
    }
  }

  const asking = (async () => {
    while (!stopping.signal.aborted) {
      const query = ask()
      underWay.add(query)
      void query.finally(() => underWay.delete(query))
      await sleep(random.between(everyMs * 0.5, everyMs * 1.5), undefined, { signal: stopping.signal }).catch(
        () => {},
      )
    }
  })()
  return {
    counted,
    async stop() {
      stopping.abort()
      await asking
      await Promise.all(underWay)
    },
  }
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string }
  return code ?? name ?? String(error)
}
