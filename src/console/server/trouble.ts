import { AwsFailed, CannotDo } from '../../model/errors.ts'
import { jsonReply, type Reply } from './exchange.ts'
import { Refused } from './refusal.ts'

/**
 * What the page is told of an error: never more than a command would print. What nobody foresaw goes to `complain`, and
 * to the page as one plain sentence. Of what is only read, nothing but the question can be wrong: 400.
 */
export function replyTo(error: unknown, method: string | undefined, complain: (line: string) => void): Reply {
  if (error instanceof Refused) return jsonReply(error.status, error.answer)
  if (error instanceof CannotDo) {
    const { message, hint } = error
    return jsonReply(error instanceof AwsFailed ? 502 : method === 'GET' ? 400 : 422, {
      error: message,
      ...(hint !== undefined && { hint }),
    })
  }
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return jsonReply(500, {
    error: 'the console made a mistake',
    hint: 'its terminal says more; the commands do the same without it',
  })
}
