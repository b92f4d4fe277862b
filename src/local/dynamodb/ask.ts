import { EventEmitter } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'

export type Answer = { status: number; body: Record<string, unknown> }

/** One request of our own to dynalite, signed as the request that it is part of. */
export type Ask = (action: string, input: unknown) => Promise<Answer>

export function asksAs(handler: EventEmitter, headers: IncomingHttpHeaders): Ask {
  return (action, input) =>
    new Promise((resolve) => {
      const request = Object.assign(Readable.from([Buffer.from(JSON.stringify(input))]), {
        method: 'POST',
        url: '/',
        headers: { ...headers, 'x-amz-target': `DynamoDB_20120810.${action}` },
      })
      const response = Object.assign(new EventEmitter(), {
        statusCode: 200,
        setHeader() {},
        end(body: string) {
          resolve({ status: response.statusCode, body: JSON.parse(body) })
        },
      })
      handler.emit('request', request, response)
    })
}
