import { withTimeLimit } from '../aws/time-limit.ts'
import { asError } from '../model/text.ts'

/** A look-up's answer. `found: undefined`: there is no such thing. `unknown`: why it could not be looked up. */
export type Lookup<T> = { found: T } | { unknown: string }

/** After how long a look-up is given up, ms: SDK clients would wait for ever. */
const GIVE_UP_MS = 20_000

/** Why nothing is known, where the call may still hang. */
const NO_ANSWER = `no answer in ${GIVE_UP_MS / 1_000} s`

/** What AWS calls a thing that is not there: Lambda and DynamoDB, SNS, SQS, IAM. */
const NOT_FOUND =
  /^(ResourceNotFoundException|NotFound(Exception)?|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|NoSuchEntity(Exception)?)$/

/**
 * One look-up. `action` is what IAM calls it: whoever may not do it learns what to ask for. Whatever AWS answers is an
 * answer: nothing is thrown.
 */
export async function lookUp<T>(
  action: string,
  call: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<Lookup<T | undefined>> {
  try {
    return { found: await withTimeLimit(GIVE_UP_MS, NO_ANSWER, (abortSignal) => call({ abortSignal })) }
  } catch (error) {
    const { name, message } = asError(error)
    return NOT_FOUND.test(name) ? { found: undefined } : { unknown: `${action}: ${explained(name, message)}` }
  }
}

export function hasHung(why: string): boolean {
  return why.endsWith(NO_ANSWER)
}

function explained(name: string, message: string): string {
  // EC2 says UnauthorizedOperation, most others AccessDenied or AccessDeniedException, SNS AuthorizationError.
  if (/AccessDenied|Unauthorized|AuthorizationError|Forbidden/i.test(name)) return `not allowed (${name})`
  if (/TimeoutError|AbortError/.test(name)) return NO_ANSWER
  return name === 'Error' ? message : `${name}: ${message}`
}
