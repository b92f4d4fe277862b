import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { CannotDo } from '../../model/errors.ts'
import { readAssets } from './assets.ts'
import type { ServerContext } from './context.ts'
import { createRouter } from './router.ts'
import { openSessions } from './sessions.ts'

export type ConsoleOptions = Omit<ServerContext, 'giveUpMs'> & {
  /** How long a reading waits for AWS, ms; default 10 s. */
  giveUpMs?: number
  /** 0: any that is free. */
  port: number
  /** Told the next link, whenever one was used. */
  announce: (line: string) => void
  /** Told of what should not have happened. */
  complain?: (line: string) => void
}

export type Console = {
  /** The link that opens the console, once. */
  url(): string
  port: number
  stop(): Promise<void>
}

/** Serves the console on 127.0.0.1 until it is stopped. Throws CannotDo. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { port: wanted, announce, complain = () => {}, giveUpMs = 10_000, ...rest } = options
  const context = { ...rest, giveUpMs }
  const sessions = openSessions()
  const url = () => `http://127.0.0.1:${port}/?token=${sessions.token()}`
  const router = createRouter({
    ...{ context, assets: await readAssets(), sessions, complain },
    opened: () => announce(`opened; to open it once more: ${url()}`),
  })
  const server = createAdaptorServer({ fetch: router.fetch }) as Server
  const port = await listen(server, wanted)
  server.on('error', (error) => complain(String(error)))
  return {
    url,
    port,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Answers with the port. */
async function listen(server: Server, port: number): Promise<number> {
  // A page that asks every second keeps its connection.
  server.keepAliveTimeout = 60_000
  server.requestTimeout = 30_000
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isTaken = code === 'EADDRINUSE'
    throw new CannotDo(isTaken ? `port ${port} is taken` : `cannot listen on port ${port}: ${message}`, {
      hint: 'leave --port out: any port that is free will do',
      cause: error,
    })
  }
  return (server.address() as AddressInfo).port
}
