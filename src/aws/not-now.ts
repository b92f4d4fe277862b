import { mayHaveHadEffect } from './refusal.ts'

/** Denied to whom IAM has just allowed it, throttled, or failed: not about what was asked for, which a later call may get. */
export function notNow(error: unknown): boolean {
  return isDenied(error) || THROTTLED.test(nameOf(error)) || mayHaveHadEffect(error) || !isAnswer(error)
}

export function isDenied(error: unknown): boolean {
  return /^AccessDenied/.test(nameOf(error))
}

const THROTTLED = /throttl|TooManyRequests|RequestLimitExceeded|SlowDown/i

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

/** AWS has said no. */
function isAnswer(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  return ($metadata?.httpStatusCode ?? 0) >= 400
}
