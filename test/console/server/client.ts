import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { ExtractSchema } from 'hono/types'
import type { Api } from '../../../src/console/server/api.ts'
import type { Console } from '../../../src/console/server/server.ts'

export type Replied = { status: number; headers: IncomingHttpHeaders; text: string }

export type Asking = { method?: string; headers?: Record<string, string>; body?: string }

/** One request with exactly these headers, on a connection of its own; `Host` as a browser would have it. */
export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Asking = {},
): Promise<Replied> {
  const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  asked.end(body)
  const [response] = await once(asked, 'response')
  response.setEncoding('utf8')
  let text = ''
  for await (const part of response) text += part
  return { status: response.statusCode, headers: response.headers, text }
}

export function searchOf(query: Record<string, string | number>): string {
  return Object.entries(query)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&')
}

type Schema = ExtractSchema<Api>
/** What each route answers, by `GET /api/now`. */
type Answers<Method extends string, Verb extends string> = {
  [P in keyof Schema & string as Verb extends keyof Schema[P]
    ? `${Method} ${P}`
    : never]: Verb extends keyof Schema[P] ? (Schema[P][Verb] extends { output: infer O } ? O : never) : never
}
type Reads = Answers<'GET', '$get'>
type Actions = Answers<'POST', '$post'>

/** The page as far as the server knows it: opened by its newest link. */
export async function openPage({ port, url }: Pick<Console, 'port' | 'url'>) {
  const { text } = await ask(port, url().slice(url().indexOf('/?')))
  const [, key = ''] = /<meta name="session" content="([\w-]{43})">/.exec(text) ?? []
  const authorization = `Bearer ${key}`
  const json = (replied: Replied) => ({ ...replied, answer: JSON.parse(replied.text) })
  return {
    key,
    get: (path: string, more: Asking = {}) =>
      ask(port, path, { ...more, headers: { authorization, ...more.headers } }),
    /** The answer, which must be 200. */
    async read<Name extends keyof Reads>(
      name: Name,
      query: Record<string, string | number> = {},
    ): Promise<Reads[Name]> {
      const { status, answer } = json(
        await ask(port, `${name.slice(4)}?${searchOf(query)}`, { headers: { authorization } }),
      )
      if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(answer)}`)
      return answer
    },
    async post<Name extends keyof Actions>(name: Name, body: object, headers: Record<string, string> = {}) {
      const type = { 'content-type': 'application/json' }
      const asking = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization, ...type, ...headers },
      }
      const { status, answer } = json(await ask(port, name.slice(5), asking))
      return { status, answer: answer as Actions[Name] & { error?: string; hint?: string } }
    },
  }
}

export type OpenPage = Awaited<ReturnType<typeof openPage>>
