/** Bad usage, an unreadable file, AWS out of reach: told with its hint, and without a stack trace. A command ends with 2. */
export class CannotDo extends Error {
  readonly hint: string | undefined
  constructor(message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.hint = options.hint
  }
}

/** A request that cannot be carried out as it stands; the message says what to change. */
export class RequestError extends CannotDo {
  override readonly name = 'RequestError'
}

/** AWS could not be asked, or did not do it. */
export class AwsFailed extends CannotDo {}

/** For what can be done without: `.catch(onCannotDo((error) => …))`. Other errors stay what they are. */
export function onCannotDo<T>(otherwise: (error: CannotDo) => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof CannotDo) return otherwise(error)
    throw error
  }
}
