/** An answer of AWS's that is an error: its code, its own words, and the HTTP status it travels with. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
  }
}

/** Secrets Manager's own words for what is asked wrongly, and for what a secret's state forbids. */
export const invalidParameter = (message: string) => new AwsError('InvalidParameterException', message)
export const invalidRequest = (message: string) => new AwsError('InvalidRequestException', message)

/** What most other services say of a value that they do not take. */
export const invalid = (message: string) => new AwsError('ValidationException', message)

/** Something AWS may well offer and the local AWS does not: refused by name, never ignored. SDKs do not retry 501. */
export function unsupported(what: string): AwsError {
  return new AwsError('LocalAwsUnsupported', `The local AWS does not support ${what}.`, 501)
}
