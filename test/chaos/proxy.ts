/**
 * An HTTP proxy before the local AWS that does to SDK clients what networks and AWS do: see `Harm`. Clients reach it as
 * they would AWS, by an endpoint; what harm a request comes to is decided by whoever starts it.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Asked, parseRotateNow } from './asked.ts'
import { dropped, type Harm } from './harm.ts'
import { notAll } from './partial.ts'
import { type Answer, refusal } from './refusal.ts'
import { type Forward, forwardsTo } from './upstream.ts'

/** A request that went through, in order of arrival. `harm`: what it came to, absent where nothing;
 * `tookMs`: until its answer was out, or its sender had gone. */
type Passed = Asked & { at: number; harm?: Harm['kind']; tookMs?: number }

export type HarmfulProxy = {
  endpoint: string
  /** `env` of a local AWS, so that whoever has it talks to the proxy instead. */
  env(of: Record<string, string>): Record<string, string>
  passed: Passed[]
  /** Cuts whatever still hangs. */
  stop(): Promise<void>
}

type Options = {
  /** The endpoint of the local AWS. */
  upstream: string
  /** The harm that this request comes to; undefined: none. */
  harm(asked: Asked): Harm | undefined
  now?: () => number
}

export async function startProxy({ upstream, harm, now = Date.now }: Options): Promise<HarmfulProxy> {
  const forward = forwardsTo(upstream)
  const stopping = new AbortController()
  const passed: Passed[] = []
  /** What was asked in the sendings whose answer was lost, where the next such sending is refused. */
  const refusedNext = new Map<string, Answer>()

  const server = createServer((request, response) => {
    exchange(request, response).catch(() => response.destroy())
  })

  async function exchange(request: IncomingMessage, response: ServerResponse) {
    const body = await bodyOf(request)
    const asked = parseRotateNow(request, body)
    const again = refusedNext.get(sameness(asked))
    if (again) {
      refusedNext.delete(sameness(asked))
      passed.push({ ...asked, at: now(), harm: 'refused again' })
      return send(response, again)
    }
    const found = harm(asked)
    const pass: Passed = { ...asked, at: now(), ...(found && { harm: found.kind }) }
    passed.push(pass)
    response.on('close', () => {
      pass.tookMs = now() - pass.at
    })
    const carry: Forward = (other = body) => forward(request, other)
    if (found) await harmed(found, asked, carry, response)
    else send(response, await carry())
  }

  async function harmed(found: Harm, asked: Asked, carry: Forward, response: ServerResponse) {
    switch (found.kind) {
      case 'delay':
        await pause(found.ms)
        return send(response, await carry())
      case 'late answer': {
        const answer = await carry()
        await pause(found.ms)
        return send(response, answer)
      }
      case 'lost request':
        return dropped(response)
      case 'lost answer':
        await carry()
        if (found.nextRefused) refusedNext.set(sameness(asked), refusal(asked.service, found.nextRefused))
        return dropped(response)
      case 'hang':
        if (found.carried) await carry()
        await pause(found.ms)
        return dropped(response)
      case 'reset':
        return cutShort(response, await carry())
      case 'truncated': {
        const answer = await carry()
        return send(response, { ...answer, body: answer.body.subarray(0, answer.body.length >> 1) })
      }
      case 'twice':
        await carry()
        return send(response, await carry())
      case 'other token': {
        const other = { ...(JSON.parse(asked.body) as object), ClientRequestToken: found.token }
        return send(response, await carry(Buffer.from(JSON.stringify(other))))
      }
      case 'refused':
        return send(response, refusal(asked.service, found.error))
      case 'partial':
        return send(response, await notAll(asked, found.keep, carry))
      case 'refused again':
        throw new Error('follows from "lost answer"')
    }
  }

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal, ref: false })

  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoint,
    env: (of) =>
      Object.fromEntries(
        Object.entries(of).map(([name, value]) => [name, value === upstream ? endpoint : value]),
      ),
    passed,
    async stop() {
      stopping.abort()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      forward.stop()
    },
  }
}

/** What makes two sendings the same request: SDKs sign each anew, and what is asked stays. */
function sameness({ service, action, body }: Asked): string {
  return `${service} ${action} ${body}`
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function send(response: ServerResponse, { status, headers, body }: Answer) {
  response.writeHead(status, { ...headers, 'content-length': body.length })
  response.end(body)
}

/** Half of the answer, then a reset: its head promises more. */
function cutShort(response: ServerResponse, { status, headers, body }: Answer) {
  response.writeHead(status, { ...headers, 'content-length': body.length + 1 })
  response.write(body.subarray(0, body.length >> 1), () => dropped(response))
}
