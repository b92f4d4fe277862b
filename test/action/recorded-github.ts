import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** As GitHub lists it; `body` as it was written. */
type Comment = { id: number; user: { login: string } | null; body: string }

/** What happens to a request instead of, or after, what it asks for. */
type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'lost answer'
  | 'reset'
  | 'hang'

const BOT = 'github-actions[bot]'
const PER_PAGE = 100

/**
 * Comments of one pull request behind GitHub's REST and GraphQL as they were recorded: pages with `link`, who the token is,
 * texts that are too long. `faults` happen to the requests whose `METHOD path` they match, first come first served.
 */
export async function recordedGitHub() {
  const comments: Comment[] = []
  const faults: { on: RegExp; fault: Fault }[] = []
  const asked: string[] = []
  let nextId = 1000

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const line = `${request.method} ${request.url}`
    asked.push(line)
    const at = faults.findIndex(({ on }) => on.test(line))
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.fault
    if (fault === 'hang') return
    if (fault === 'reset') return void request.socket.destroy()
    if (typeof fault === 'object') {
      response.writeHead(fault.status, fault.headers)
      return void response.end(fault.body ?? JSON.stringify({ message: `recorded ${fault.status}` }))
    }
    if (request.headers.authorization !== 'Bearer job-token')
      return answer(response, 401, { message: 'Bad credentials' })
    const answered = answerTo(request.method ?? '', new URL(request.url ?? '', 'http://github'), text)
    // The effect is there, and nobody hears of it.
    if (fault === 'lost answer') return void request.socket.destroy()
    answer(response, answered.status, answered.body, answered.headers)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function answerTo(method: string, { pathname, searchParams }: URL, text: string): Answered {
    const sent = text === '' ? {} : JSON.parse(text)
    if (pathname === '/graphql') return { status: 200, body: { data: { viewer: { login: BOT } } } }
    if (pathname === '/repos/acme/secrets/issues/7/comments')
      return method === 'POST' ? made(sent.body) : listed(Number(searchParams.get('page')))
    const id = Number(/^\/repos\/acme\/secrets\/issues\/comments\/(\d+)$/.exec(pathname)?.[1])
    const comment = comments.find((it) => it.id === id)
    if (comment === undefined) return { status: 404, body: { message: 'Not Found' } }
    if (method === 'DELETE') comments.splice(comments.indexOf(comment), 1)
    if (method === 'DELETE') return { status: 204 }
    if (sent.body.length > 65_536) return TOO_LONG
    comment.body = sent.body
    return { status: 200, body: comment }
  }

  function made(body: string): Answered {
    if (body.length > 65_536) return TOO_LONG
    return { status: 201, body: comments[comments.push({ id: nextId++, user: { login: BOT }, body }) - 1] }
  }

  function listed(page: number): Answered {
    const from = (page - 1) * PER_PAGE
    const more = comments.length > from + PER_PAGE
    const link: Record<string, string> = more ? { link: `<${url}/x?page=${page + 1}>; rel="next"` } : {}
    return { status: 200, body: comments.slice(from, from + PER_PAGE), headers: link }
  }

  return {
    url,
    comments,
    asked,
    /** The next request of this kind meets it. */
    fault(on: RegExp, fault: Fault, times = 1) {
      for (let i = 0; i < times; i++) faults.push({ on, fault })
    },
    /** What people wrote. */
    written(body: string, login = 'mira') {
      comments.push({ id: nextId++, user: { login }, body })
    },
    close() {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    },
  }
}

type Answered = { status: number; body?: unknown; headers?: Record<string, string> }

const TOO_LONG: Answered = {
  status: 422,
  body: {
    message: 'Validation Failed',
    errors: [
      {
        resource: 'IssueComment',
        code: 'unprocessable',
        message: 'body is too long (maximum is 65536 characters)',
      },
    ],
  },
}

function answer(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
