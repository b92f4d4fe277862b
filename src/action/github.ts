import { setTimeout } from 'node:timers/promises'
import { CannotDo } from '../model/errors.ts'
import { messageOf } from '../model/text.ts'

/** GitHub said no, and would again. `status` is HTTP's. */
export class GitHubRefused extends CannotDo {
  readonly status: number
  constructor(status: number, said: string) {
    super(`GitHub answered ${status}: ${said}`, {
      hint: status === 401 ? 'github-token is not one that GitHub knows (any more)' : undefined,
    })
    this.status = status
  }
}

/** An answer that is good news. `last` is of lists: whether no page comes after this one. */
type Answer = { body: unknown; last: boolean }

export type GitHub = (method: string, path: string, body?: unknown) => Promise<Answer>

type Patience = {
  /** Milliseconds that one request may take. */
  timeout: number
  /** Milliseconds before the second attempt; twice that before the third, and so on. */
  pause: number
}

const PATIENCE: Patience = { timeout: 15_000, pause: 1_000 }
const ATTEMPTS = 4
/** Milliseconds. GitHub may ask for an hour: a job that waits is paid for. */
const MOST_WAIT = 120_000

/**
 * GitHub's API: what it does not do for now is asked for again, with a pause as long as it says. A POST may take effect
 * twice. Throws GitHubRefused, and CannotDo where it stays out of reach.
 * Source: docs.github.com, "Rate limits for the REST API", "Troubleshooting the REST API".
 */
export function openGitHub(env: NodeJS.ProcessEnv, token: string, patience = PATIENCE): GitHub {
  const { GITHUB_API_URL: api = 'https://api.github.com' } = env
  const { GITHUB_GRAPHQL_URL: graphql = `${api}/graphql` } = env
  return async (method, path, body) => {
    const url = path === '/graphql' ? graphql : `${api}${path}`
    for (let attempt = 1; ; attempt++) {
      const came = await send(url, requestOf(method, token, body), patience.timeout)
      if ('good' in came) return came.good
      const wait = came.wait ?? patience.pause * 2 ** (attempt - 1)
      if (attempt === ATTEMPTS || wait > MOST_WAIT) throw gaveUp(came.trouble, wait)
      await setTimeout(wait)
    }
  }
}

function requestOf(method: string, token: string, body: unknown): RequestInit {
  return {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'aws-tourbillon',
    },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: 'error',
  }
}

function gaveUp(trouble: string, wait: number): CannotDo {
  const asked = wait > MOST_WAIT ? `it asks to wait for ${Math.ceil(wait / 60_000)} min; ` : ''
  return new CannotDo(`GitHub did not do it: ${trouble}`, {
    hint: `${asked}re-run the job later; www.githubstatus.com says how GitHub is`,
  })
}

/** `wait` in milliseconds, where GitHub says how long. */
type Came = { good: Answer } | { trouble: string; wait?: number }

async function send(url: string, request: RequestInit, timeout: number): Promise<Came> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeout) })
    text = await response.text()
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    return { trouble: `${request.method} ${url}: ${messageOf(cause)}` }
  }
  if (response.ok) {
    const last = !(response.headers.get('link') ?? '').includes('rel="next"')
    return { good: { body: text === '' ? undefined : JSON.parse(text), last } }
  }
  const said = saidIn(text)
  const limit = limitOf(response, said)
  if (limit !== undefined) return { trouble: said, wait: limit }
  if (response.status >= 500) return { trouble: `${response.status} ${said}` }
  throw new GitHubRefused(response.status, said)
}

/** Its message and the messages of its errors; a gateway in front of it answers in HTML. */
function saidIn(text: string): string {
  try {
    const { message, errors = [] } = JSON.parse(text)
    const each = [errors].flat().map((it) => (typeof it === 'string' ? it : it?.message))
    return [message, ...each].filter(Boolean).join('; ')
  } catch {
    return 'no answer of its API'
  }
}

/** Milliseconds to wait, where it refused because of a rate limit: 403 as well as 429. */
function limitOf({ status, headers }: Response, said: string): number | undefined {
  if (status !== 403 && status !== 429) return undefined
  const after = Number(headers.get('retry-after') ?? Number.NaN)
  if (!Number.isNaN(after)) return after * 1_000
  if (headers.get('x-ratelimit-remaining') === '0')
    return Math.max(1_000, Number(headers.get('x-ratelimit-reset')) * 1_000 - Date.now())
  return status === 429 || said.includes('rate limit') ? 60_000 : undefined
}
