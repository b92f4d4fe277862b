import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { METHOD_NAME_ALL } from 'hono/router'
import { secureHeaders } from 'hono/secure-headers'
import { createApi } from './api.ts'
import type { Assets } from './assets.ts'
import type { ServerContext } from './context.ts'
import { htmlShell, usedLinkPage } from './html-shell.ts'
import { errorResponse, HttpError } from './http-error.ts'
import { checkOrigin } from './origin-check.ts'
import type { Sessions } from './sessions.ts'

const SELF = ["'self'"]
const NONE = ["'none'"]

/** Of everything that is sent: nothing from elsewhere runs, nobody frames it. */
const SECURE_HEADERS = secureHeaders({
  contentSecurityPolicy: {
    ...{ defaultSrc: NONE, scriptSrc: SELF, styleSrc: SELF, connectSrc: SELF, imgSrc: SELF },
    ...{ baseUri: NONE, formAction: NONE, frameAncestors: NONE },
  },
  xFrameOptions: 'DENY',
  // Both are for HTTPS.
  ...{ strictTransportSecurity: false, originAgentCluster: false },
})

const MOST_BYTES = 65_536
const BODY_LIMIT = bodyLimit({
  maxSize: MOST_BYTES,
  onError() {
    throw new HttpError(413, `a body of more than ${MOST_BYTES / 1_024} KiB`)
  },
})

type Env = { Bindings: HttpBindings }

type Options = {
  context: ServerContext
  assets: Assets
  sessions: Sessions
  /** A link was used. */
  opened(): void
  /** Told of what should not have happened. */
  complain(line: string): void
}

/** Who may come in, and where it leads. */
export function createRouter(options: Options) {
  const { context, assets, sessions, complain } = options
  const app = new Hono<Env>()
  app.onError((error, c) => errorResponse(error, c, complain))
  const notFound = (c: Context) => {
    const here = app.routes.filter(({ method, path }) => path === c.req.path && method !== METHOD_NAME_ALL)
    if (here.length === 0) throw new HttpError(404, 'there is nothing here')
    const allow = [...new Set(here.map(({ method }) => method))].join(', ')
    c.header('allow', allow)
    throw new HttpError(405, `only ${allow} here`)
  }
  app.notFound(notFound)

  app.use(SECURE_HEADERS, noStore, ownOrigin)
  app.use('/api/*', sessionOf(sessions), BODY_LIMIT)
  // Hono answers HEAD by what answers GET, and that would use a link up.
  app.use((c, next) => (c.req.method === 'HEAD' ? notFound(c) : next()))
  for (const [path, { type, content }] of assets)
    app.get(path, (c) => c.body(content, 200, { 'content-type': type }))
  app.get('/', (c) => page(c, options))
  return app.route('/', createApi(context))
}

const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('cache-control', 'no-store')
}

const ownOrigin: MiddlewareHandler<Env> = async ({ req, env }, next) => {
  checkOrigin({ method: req.method, path: req.path, headers: req.header() }, env.incoming.socket.localPort)
  await next()
}

function sessionOf(sessions: Sessions): MiddlewareHandler {
  return async (c, next) => {
    const [, key = ''] = /^Bearer ([\w-]+)$/.exec(c.req.header('authorization') ?? '') ?? []
    if (!sessions.knows(key)) {
      c.header('www-authenticate', 'Bearer')
      throw new HttpError(401, 'no session', 'open the newest link that the terminal shows')
    }
    await next()
  }
}

/** The page, and with the newest link's token a session for it. */
function page(c: Context, { context, sessions, opened }: Options) {
  const { stage } = context.config
  const token = c.req.query('token')
  if (token === undefined) return c.html(htmlShell({ stage }))
  // A browser that loads ahead of a click must not use the link up.
  if (/prefetch|prerender/.test(c.req.header('sec-purpose') ?? ''))
    throw new HttpError(503, 'the link is not opened ahead of time')
  const session = sessions.open(token)
  if (session === undefined) return c.html(usedLinkPage({ stage }), 403)
  opened()
  return c.html(htmlShell({ stage, session }))
}
