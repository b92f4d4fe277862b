/** Where the local AWS claims to be. The account is made up, so that a copied ARN is recognised as a local one. */
export let REGION = 'eu-central-1'
export let ACCOUNT = '000000000000'

/** For a stage that is to be in an account and a region of its own: once in a process, before a local AWS starts. */
export function claimToBe({
  account = ACCOUNT,
  region = REGION,
}: {
  account?: string | undefined
  region?: string | undefined
}): void {
  ACCOUNT = account
  REGION = region
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
}

export function queueArn(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`
}

export function topicArn(name: string): string {
  return `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`
}

/**
 * The name and qualifier in what Lambda's `FunctionName` may be: a name, a partial ARN (`account:function:name`) or
 * an ARN, each with an optional `:qualifier`. Source: Lambda API reference, Invoke.
 */
export function parseFunction(id: string): { name: string; qualifier?: string } {
  const tail = id.includes('function:') ? id.slice(id.indexOf('function:') + 'function:'.length) : id
  const [name = '', qualifier] = tail.split(':')
  return qualifier ? { name, qualifier } : { name }
}
