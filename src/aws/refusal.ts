import type { Refusal } from '../model/reasons.ts'
import { asError, atDoor, messageOf } from '../model/text.ts'

/**
 * AWS says no. `tries`: IAM and Secrets Manager are eventually consistent, so that a no may be about what has not got
 * round yet; it is believed when it comes at this many tries (`windowRetry` of src/rotation/retry.ts has their pauses).
 */
export type RefusedByAws = { refusal: Refusal; tries?: number }

/** About two minutes. That IAM is eventually consistent, and not how long: IAM User Guide, troubleshoot. */
const DENIED_TRIES = 8
/** Some seconds: a secret that was just made, restored, or tagged. More would hold up the rest of a wave. */
export const SOON_TRIES = 3

/** What AWS refuses of a secret. Rethrows everything else, which a later try may settle. */
export function refusedOrThrow(error: unknown, secret: string): RefusedByAws {
  const [name, message] = [asError(error).name, textOf(error)]
  const words = `AWS answered ${name}: ${message}`
  switch (name) {
    case 'ResourceNotFoundException': {
      const missing = `no secret "${secret}" in this account and region. ${words}`
      return { refusal: { reason: 'SECRET_NOT_FOUND', message: missing }, tries: SOON_TRIES }
    }
    case 'AccessDeniedException': // not in the API model, yet what AWS answers
      return { refusal: { reason: 'ACCESS_DENIED', message: `"${secret}": ${words}` }, tries: DENIED_TRIES }
    case 'InvalidParameterException':
      return { refusal: { reason: 'ROTATION_REFUSED', message: `"${secret}": ${words}` } }
    case 'InvalidRequestException':
      return { refusal: { reason: invalidRequest(message), message: `"${secret}": ${words}` } }
    default:
      throw error
  }
}

function invalidRequest(message: string): Refusal['reason'] {
  if (/delet/i.test(message)) return 'SECRET_DELETED'
  return /no lambda rotation function/i.test(message) ? 'ROTATION_NOT_CONFIGURED' : 'ROTATION_REFUSED'
}

/** Whether an error that was thrown on every try came from throttling, or from AWS or the network failing. */
export function exhausted(error: unknown): Refusal {
  return {
    reason: isThrottling(error) ? 'THROTTLED' : 'AWS_UNAVAILABLE',
    message: `the last try ended in ${asError(error).name}: ${textOf(error)}`,
  }
}

/**
 * Whether a call that ended in this error may have had its effect. Not where AWS answered that it would not (4xx, and
 * throttling in whatever form), nor where no connection was made.
 */
export function mayHaveHadEffect(error: unknown): boolean {
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: string }
  const status = $metadata?.httpStatusCode ?? 0
  if (isThrottling(error) || (status >= 400 && status < 500)) return false
  const unconnected = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(code ?? '')
  return !unconnected && !/did not establish a connection/.test(textOf(error))
}

function isThrottling(error: unknown): boolean {
  const words = `${asError(error).name} ${textOf(error)}`
  return /throttl|TooManyRequests|RequestLimitExceeded|SlowDown|rate exceeded/i.test(words)
}

function textOf(error: unknown): string {
  return atDoor(messageOf(error))
}
