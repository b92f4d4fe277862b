import type { IncomingMessage } from 'node:http'
import type { Assets } from './assets.ts'
import { htmlReply, jsonReply, type Reply, readJson } from './exchange.ts'
import { htmlShell, usedLinkPage } from './html-shell.ts'
import { checkOrigin } from './origin-check.ts'
import { Refused, refusal } from './refusal.ts'
import type { Sessions } from './sessions.ts'

type House = {
  stage: string
  assets: Assets
  /** By method and path: `GET /api/now`. */
  routes: Map<string, (asked: unknown) => Promise<Reply>>
  sessions: Sessions
  /** A link was used. */
  opened(): void
}

/** Answers one request: who may come in, and where it leads. Throws what routes throw, and Refused. */
export async function answer(request: IncomingMessage, port: number, house: House): Promise<Reply> {
  const { method = '', url = '', headers } = request
  const [path = '', search = ''] = url.split(/\?(.*)/s)
  const refused = checkOrigin({ method, path, headers }, port)
  if (refused) throw new Refused(refused)
  if (path.startsWith('/api/')) return answerApi(request, path, search, house)
  const asset = house.assets.get(path)
  if (asset === undefined && path !== '/') throw new Refused(refusal(404, 'there is nothing here'))
  if (method !== 'GET') return wrongMethod('GET')
  return asset ? { status: 200, ...asset } : front(new URLSearchParams(search).get('token'), headers, house)
}

/** `/`: the page, and with the newest link's token a session for it. */
function front(token: string | null, headers: IncomingMessage['headers'], house: House): Reply {
  const { stage, sessions, opened } = house
  if (token === null) return htmlReply(200, htmlShell({ stage }))
  // A browser that loads ahead of a click must not use the link up.
  if (/prefetch|prerender/.test(String(headers['sec-purpose'] ?? '')))
    throw new Refused(refusal(503, 'the link is not opened ahead of time'))
  const session = sessions.open(token)
  if (session === undefined) return htmlReply(403, usedLinkPage({ stage }))
  opened()
  return htmlReply(200, htmlShell({ stage, session }))
}

async function answerApi(
  request: IncomingMessage,
  path: string,
  search: string,
  { routes, sessions }: House,
): Promise<Reply> {
  const { method = '', headers } = request
  const [, key = ''] = /^Bearer ([\w-]+)$/.exec(headers.authorization ?? '') ?? []
  if (!sessions.knows(key)) {
    const { status, answer } = refusal(401, 'no session', 'open the newest link that the terminal shows')
    return jsonReply(status, answer, { 'www-authenticate': 'Bearer' })
  }
  const route = routes.get(`${method} ${path}`)
  if (route)
    return route(
      method === 'POST' ? await readJson(request) : Object.fromEntries(new URLSearchParams(search)),
    )
  const others = ['GET', 'POST'].filter((other) => routes.has(`${other} ${path}`))
  if (others.length > 0) return wrongMethod(others.join(', '))
  throw new Refused(refusal(404, 'there is nothing here'))
}

function wrongMethod(allow: string): Reply {
  const { status, answer } = refusal(405, `only ${allow} here`)
  return jsonReply(status, answer, { allow })
}
