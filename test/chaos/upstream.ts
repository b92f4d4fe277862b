import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { Answer } from './refusal.ts'

/** Carries a request to AWS, with another body where one is given. */
export type Forward = (body?: Buffer) => Promise<Answer>

/** What concerns one connection, not the request: each side has its own. */
const HOP = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
  'x-amz-crc32',
  'expect',
]

export function forwardsTo(endpoint: string) {
  const agent = new Agent({ keepAlive: true })
  const forward = async ({ method, url = '/', headers }: IncomingMessage, body: Buffer): Promise<Answer> => {
    const sent = request(new URL(url, endpoint), {
      agent,
      method,
      headers: { ...without(headers), 'content-length': String(body.length) },
    })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part as Buffer)
    return {
      status: response.statusCode ?? 500,
      headers: without(response.headers),
      body: Buffer.concat(parts),
    }
  }
  return Object.assign(forward, { stop: () => agent.destroy() })
}

function without(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP.includes(name) ? [] : [[name, String(value)]],
    ),
  )
}
