import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { callerOf } from './caller.ts'
import { type Fault, faultError, takeFault } from './fault.ts'
import type { ServiceName } from './services.ts'

/** A request as services see it. */
export type LocalRequest = {
  method: string
  path: string
  query: URLSearchParams
  header(name: string): string | undefined
  body: Buffer
}

export type LocalResponse = { status: number; headers?: Record<string, string>; body?: string }

/** What tells whose request it is. `formAction`: what the Query protocol has in its body. */
type RequestHead = Omit<LocalRequest, 'body'> & { formAction?: string }

/** One AWS service behind the shared endpoint. */
export type LocalService = {
  name: ServiceName
  /** The action a request asks for, `undefined` where the request is another service's. */
  recognise(request: RequestHead): string | undefined
  /** Answers with JSON, or throws an `AwsError`. */
  handle(action: string, request: LocalRequest): Promise<LocalResponse>
  /** An error in the service's own protocol; default: JSON. */
  refuse?(error: AwsError, request?: RequestHead): LocalResponse
  /** Takes the whole exchange instead of `handle`: a service that is an HTTP handler of its own. */
  raw?(
    action: string,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    fault?: Fault,
  ): Promise<void>
}

/** `caller` is the access key id of the credentials: give each party of a test its own to tell them apart. */
export type Call = { service: string; action: string; caller: string; region: string; at: number }

/**
 * Serves every service on one loopback port. `calls` records what was asked: names only, never a body, so that no
 * secret is kept.
 */
export async function listen(options: {
  port: number
  services: LocalService[]
  faults: Fault[]
  calls: Call[]
  now: () => number
  log: (line: string) => void
}): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => options.log(`local AWS: ${String(error)}`))
  })

  async function answer(request: IncomingMessage, response: ServerResponse) {
    let service: LocalService | undefined
    let seen: RequestHead | undefined
    // By our own clock: Node's own would be the machine's.
    response.setHeader('date', new Date(options.now()).toUTCString())
    try {
      // The Query protocol names its action in the body; elsewhere a request counts before its body has come.
      const form = isForm(request) ? await buffer(request) : undefined
      const head = readHead(request, form)
      seen = head
      service = options.services.find((it) => it.recognise(head) !== undefined)
      await serve(service, head, form, request, response)
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500)
      if (known !== error) options.log(`local AWS: ${request.method} ${request.url}: ${String(error)}`)
      if (!response.destroyed && !response.headersSent)
        send(response, (service?.refuse ?? errorResponse)(known, seen))
    }
  }

  async function serve(
    service: LocalService | undefined,
    seen: RequestHead,
    form: Buffer | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const action = service?.recognise(seen)
    if (!service || !action) throw unknownRequest(seen)
    const { accessKeyId: caller, region } = callerOf(signatureOf(seen))
    options.calls.push({ service: service.name, action, caller, region, at: options.now() })
    const body = form ?? (await buffer(request))
    const fault = takeFault(options.faults, service.name, action, () => parseJson(body), caller)
    const error = fault && faultError(fault)
    if (error) throw error
    if (fault?.kind === 'delay') await new Promise((done) => setTimeout(done, fault.delayMs ?? 1000).unref())
    if (fault?.kind === 'lost-response') loseResponse(response)
    if (service.raw) return service.raw(action, body, request, response, fault)
    if (fault?.kind === 'duplicate') await service.handle(action, { ...seen, body })
    send(response, await service.handle(action, { ...seen, body }))
  }

  // An idle connection that we closed while its client began to use it would look like a lost response.
  server.keepAliveTimeout = 0
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // What is being answered may end; what hangs is cut.
      const late = setTimeout(() => server.closeAllConnections(), 200)
      await closed
      clearTimeout(late)
    },
  }
}

/** In a header, or in the query of one that was presigned. */
function signatureOf({ header, query }: RequestHead): string {
  return header('authorization') ?? `Credential=${query.get('X-Amz-Credential') ?? ''}`
}

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON.')
  }
}

/** The same shape serves AWS JSON (reads `__type`) and REST JSON (reads the header). */
export function errorResponse(error: AwsError): LocalResponse {
  return {
    status: error.status,
    headers: { 'x-amzn-errortype': error.code },
    body: JSON.stringify({
      __type: error.code,
      Type: error.status < 500 ? 'User' : 'Service',
      message: error.message,
      Message: error.message,
    }),
  }
}

function isForm({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
}

function readHead(request: IncomingMessage, form: Buffer | undefined): RequestHead {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const formAction = new URLSearchParams(form?.toString()).get('Action')
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    header: (name) => {
      const value = request.headers[name.toLowerCase()]
      return Array.isArray(value) ? value[0] : value
    },
    ...(formAction !== null && { formAction }),
  }
}

function send(response: ServerResponse, answer: LocalResponse) {
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...answer.headers,
  })
  response.end(answer.body ?? '')
}

/** The work is done, and nobody hears of it: the connection is cut where the answer would start. */
function loseResponse(response: ServerResponse) {
  response.writeHead = () => response
  response.end = () => response.destroy()
}

/** Names what was asked, in whichever protocol it came: a header, a form field (Query), or a path (REST, RPC v2). */
function unknownRequest({ method, path, header, formAction }: RequestHead): AwsError {
  const asked = header('x-amz-target') ?? formAction ?? `${method} ${path}`
  return new AwsError('UnknownOperationException', `The local AWS does not know the request ${asked}.`)
}
