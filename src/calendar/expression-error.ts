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
