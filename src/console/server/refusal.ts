import type { ErrorAnswer } from './api-types.ts'

/** Why a request is not answered, before anything was done for it. */
export type Refusal = { status: number; answer: ErrorAnswer }

export class Refused extends Error {
  readonly status: number
  readonly answer: ErrorAnswer
  constructor({ status, answer }: Refusal) {
    super(answer.error)
    this.status = status
    this.answer = answer
  }
}

/** As `{ error, hint }` of this status. */
export function refusal(status: number, error: string, hint?: string): Refusal {
  return { status, answer: { error, ...(hint !== undefined && { hint }) } }
}
