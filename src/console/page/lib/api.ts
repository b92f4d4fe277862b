import type { Answers, ErrorAnswer } from '../../server/api-types.ts'
import { sessionKey } from './session.ts'

type Path<Method extends string> = keyof Answers extends infer K
  ? K extends `${Method} ${infer P}`
    ? P
    : never
  : never
export type GetPath = Path<'GET'>
type PostPath = Path<'POST'>
export type QueryOf<P extends GetPath> = Answers[`GET ${P}`]['query']
export type AnswerOf<P extends GetPath> = Answers[`GET ${P}`]['answer']

/** What the server refused, or could not do; `status` 0 where it did not answer at all. */
export class ApiError extends Error {
  readonly status: number
  readonly hint: string | undefined
  constructor(status: number, message: string, hint?: string) {
    super(message)
    this.status = status
    this.hint = hint
  }

  /** Whether the same question may be answered later: what was asked wrongly is wrong the next time, too. */
  get isTransient(): boolean {
    return this.status === 0 || this.status >= 500
  }
}

export function apiErrorOf(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown))
}

/** Throws ApiError. */
export async function get<P extends GetPath>(
  path: P,
  query: QueryOf<P>,
  signal: AbortSignal,
): Promise<AnswerOf<P>> {
  const patienceMs = path === '/api/report' ? LONG_MS : PATIENCE_MS
  return (await ask(`${path}?${searchOf(query)}`, {}, patienceMs, signal)).json()
}

/** Throws ApiError. */
export async function post<P extends PostPath>(
  path: P,
  body: Answers[`POST ${P}`]['body'],
): Promise<Answers[`POST ${P}`]['answer']> {
  const headers = { 'content-type': 'application/json' }
  return (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, LONG_MS)).json()
}

/** The report as the command writes it: a file of its own. Throws ApiError. */
export async function reportFile(query: QueryOf<'/api/report'>): Promise<Blob> {
  return (await ask(`/api/report.html?${searchOf(query)}`, {}, LONG_MS)).blob()
}

export function searchOf(query: object): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return new URLSearchParams(pairs).toString()
}

/** The server gives AWS half of this; a connection that fell asleep with its machine never answers. */
const PATIENCE_MS = 20_000
/** A year's report, and what is done: that has the commands' own limits. */
const LONG_MS = 180_000

async function ask(
  path: string,
  init: RequestInit,
  patienceMs: number,
  given?: AbortSignal,
): Promise<Response> {
  const headers = { ...init.headers, authorization: `Bearer ${sessionKey() ?? ''}` }
  const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(given ? [given] : [])])
  const response = await fetch(path, { ...init, headers, signal, credentials: 'omit' }).catch(
    (error: Error) => {
      if (given?.aborted) throw error
      throw new ApiError(
        0,
        'the console’s server does not answer',
        'is the command still running in its terminal?',
      )
    },
  )
  if (response.ok) return response
  const { error, hint } = await response
    .json()
    .catch((): ErrorAnswer => ({ error: `the server answered ${response.status}` }))
  throw new ApiError(response.status, error, hint)
}
