import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CannotDo } from './command.ts'

/** Runs calls to AWS; what keeps them from being made at all becomes a message and a remedy. */
export async function withAws<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof CannotDo || !(error instanceof Error)) throw error
    throw new CannotDo(`could not ${doing}: ${error.message || error.name}`, {
      hint: remedyOf(error),
      cause: error,
    })
  }
}

function remedyOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  const text = `${error.name} ${error.message}`
  if (/Region is missing/i.test(text)) return 'set AWS_REGION, or a region in your AWS profile'
  if (/credential|token.*expired|ExpiredToken|UnrecognizedClient/i.test(text)) {
    return 'log in to AWS first (aws sso login), or set AWS_PROFILE'
  }
  if (/ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT/.test(`${code} ${text}`)) {
    return 'nothing answers there: check AWS_ENDPOINT_URL and the network; for the local AWS, npm start -- --serve'
  }
  if (/ResourceNotFound/i.test(text))
    return 'is the stage deployed here? serverless deploy --stage NAME; check account and region'
  if (/AccessDenied/i.test(text)) return 'your AWS identity lacks a permission: see docs/deploy.md'
  return 'check account, region and stage'
}

/** Invokes a plain function and answers with its result. What the function throws becomes CannotDo. */
export async function invoke(functionName: string, event: unknown): Promise<unknown> {
  const client = new LambdaClient({})
  const { FunctionError, Payload } = await withAws(`invoke ${functionName}`, () =>
    client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) })),
  )
  const answer: unknown = JSON.parse(Payload?.transformToString() || 'null')
  if (FunctionError === undefined) return answer
  const { errorMessage = FunctionError } = answer as { errorMessage?: string }
  throw new CannotDo(`${functionName}: ${errorMessage}`)
}
