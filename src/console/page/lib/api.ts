import { hc } from 'hono/client'
import type { Api } from '../../server/api.ts'
import type { ErrorAnswer } from '../../server/api-types.ts'
import { sessionKey } from './session.ts'

/** The server gives AWS half of this; a connection that fell asleep with its machine never answers. */
const PATIENCE_MS = 20_000
/** A year's report, and what is done: that has the commands' own limits. */
const LONG_MS = 180_000

/** Every route of the server: what it may be asked, and what it answers, is as the server's own code says. */
export const { api } = hc<Api>(location.origin, { fetch: ask })

/** Throws ApiError: an answer that there is, is one of success. */
async function ask(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const isLong = init.method === 'POST' || String(input).includes('/api/report')
  const timeout = AbortSignal.timeout(isLong ? LONG_MS : PATIENCE_MS)
  const signal = AbortSignal.any([timeout, ...(init.signal ? [init.signal] : [])])
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${sessionKey() ?? ''}`)
  const response = await fetch(input, { ...init, headers, signal, credentials: 'omit' }).catch(
    (error: Error) => {
      if (init.signal?.aborted) throw error
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
