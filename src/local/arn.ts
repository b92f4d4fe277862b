/** Where the local AWS claims to be. The account is made up, so that a copied ARN is recognised as a local one. */
export const REGION = 'eu-central-1'
export const ACCOUNT = '000000000000'

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
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
