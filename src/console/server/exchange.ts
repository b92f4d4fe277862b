import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refused, refusal } from './refusal.ts'

/** Of everything that is sent: nothing from elsewhere runs, nobody frames it, nothing is kept. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export type Reply = { status: number; type: string; content: string; headers?: Record<string, string> }

export function jsonReply(status: number, answer: unknown, headers: Record<string, string> = {}): Reply {
  return { status, type: 'application/json; charset=utf-8', content: JSON.stringify(answer), headers }
}

export function htmlReply(status: number, content: string): Reply {
  return { status, type: 'text/html; charset=utf-8', content }
}

/** To be kept under this name, not shown. */
export function fileReply(name: string, content: string): Reply {
  const plain = name.replaceAll(/[^\w.-]/g, '-')
  return { ...htmlReply(200, content), headers: { 'content-disposition': `attachment; filename="${plain}"` } }
}

export function send(response: ServerResponse, { status, type, content, headers = {} }: Reply): void {
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(content),
  })
  response.end(content)
}

const MOST_BYTES = 65_536

/** The body as JSON. Throws Refused. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    // The rest is read all the same, and dropped: whoever is still sending would not see the answer.
    if (length <= MOST_BYTES) parts.push(part)
  }
  if (length > MOST_BYTES) throw new Refused(refusal(413, `a body of more than ${MOST_BYTES / 1_024} KiB`))
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new Refused(refusal(400, 'the body is not JSON'))
  }
}
