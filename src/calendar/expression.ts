/** What says when something happens: an EventBridge Scheduler expression, and what it needs besides. */
export type Expression = {
  /** As AWS writes it: `cron(…)`, `rate(…)`, `at(…)`. */
  when: string
  /** IANA name. */
  timezone: string
  /** First occurrence of a `rate()`: an ISO instant. */
  start?: string
}

/** The occurrences of one expression in one zone. Instants are epoch milliseconds. */
export type Calendar = {
  /** Strictly after; undefined where it never fires again. */
  next(after: number): number | undefined
  /** Strictly before. */
  previous(before: number): number | undefined
  /** `from` inclusive, `to` exclusive, lazily, increasing. */
  between(from: number, to: number): Generator<number>
}

/** Which of AWS's three kinds an expression is. Throws ExpressionError. */
export function expressionKind(when: string): 'cron' | 'rate' | 'at' {
  const kind = /^(cron|rate|at)\([^()]*\)$/.exec(when)?.[1]
  if (kind === 'cron' || kind === 'rate' || kind === 'at') return kind
  throw new ExpressionError(
    'this is no EventBridge Scheduler expression',
    { offset: 0, length: when.length },
    'write cron(minute hour day-of-month month day-of-week year), at(yyyy-mm-ddThh:mm:ss) or rate(value unit)',
  )
}

/** An expression EventBridge Scheduler does not document, or one that can never fire. */
export class ExpressionError extends Error {
  /** Position inside the `when` text, in UTF-16 code units from 0, of what is wrong. */
  readonly offset: number
  readonly length: number
  /** What to write instead. */
  readonly hint: string

  constructor(message: string, at: { offset: number; length: number }, hint: string) {
    super(message)
    this.name = 'ExpressionError'
    this.offset = at.offset
    this.length = at.length
    this.hint = hint
  }
}
