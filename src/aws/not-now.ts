import { asError, atDoor, messageOf } from '../model/text.ts'
import { mayHaveHadEffect } from './refusal.ts'

/** Denied to whom IAM has just allowed it, throttled, or failed: not about what was asked for, which a later call may get. */
export function notNow(error: unknown): boolean {
  return isDenied(error) || THROTTLED.test(asError(error).name) || mayHaveHadEffect(error) || !isAnswer(error)
}

export function isDenied(error: unknown): boolean {
  return /^AccessDenied/.test(asError(error).name)
}

const THROTTLED = /throttl|TooManyRequests|RequestLimitExceeded|SlowDown/i

/** AWS has said no. */
function isAnswer(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  return ($metadata?.httpStatusCode ?? 0) >= 400
}

/** The answer, or in words why AWS refused it. Rejects with what a later call may settle. `by`: `ECS`. */
export async function answerOrRefused<T>(
  by: string,
  call: () => Promise<T>,
): Promise<T | { refused: string }> {
  try {
    return await call()
  } catch (error) {
    if (notNow(error)) throw error
    return { refused: `${by} answered ${asError(error).name}: ${atDoor(messageOf(error), 300)}` }
  }
}
