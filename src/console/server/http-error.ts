import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AwsFailed, CannotDo } from '../../model/errors.ts'
import type { ErrorAnswer } from './api-types.ts'

/** Why a request is not answered, before anything was done for it. */
export class HttpError extends Error {
  readonly status: ContentfulStatusCode
  readonly hint: string | undefined
  constructor(status: ContentfulStatusCode, message: string, hint?: string) {
    super(message)
    this.status = status
    this.hint = hint
  }
}

/**
 * What the page is told of an error: never more than a command would print. What nobody foresaw goes to `complain`, and
 * to the page as one plain sentence.
 */
export function errorResponse(error: Error, c: Context, complain: (line: string) => void) {
  const answer = (status: ContentfulStatusCode, message: string, hint?: string) =>
    c.json<ErrorAnswer>({ error: message, ...(hint !== undefined && { hint }) }, status)
  if (error instanceof HttpError) return answer(error.status, error.message, error.hint)
  // The validator's own: of a body that cannot be parsed.
  if (error instanceof HTTPException) return answer(400, 'the body is not JSON')
  if (error instanceof AwsFailed) return answer(502, error.message, error.hint)
  // Of what is only read, nothing but the question can be wrong.
  if (error instanceof CannotDo) return answer(c.req.method === 'GET' ? 400 : 422, error.message, error.hint)
  complain(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`)
  return answer(
    500,
    'the console made a mistake',
    'its terminal says more; the commands do the same without it',
  )
}
