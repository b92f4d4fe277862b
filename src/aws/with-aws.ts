import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { AwsFailed, CannotDo } from '../model/errors.ts'
import { type CommandStage, checkStageOnce } from './command-stage.ts'
import type { Permission } from './permission.ts'
import { mayHaveHadEffect } from './refusal.ts'
import { settingsFor, WAITS } from './settings.ts'
import { withTimeLimit } from './time-limit.ts'

const GIVE_UP_MS = 60_000

/** For whoever AWS denies a call. */
export const DENIED_HINT =
  'your AWS identity lacks a permission: see node_modules/aws-tourbillon/docs/permissions.md'

/**
 * Runs calls to AWS, in the stage's own account and region; what keeps them from being made becomes a message and a
 * remedy. A client gives up one sending after seconds (`src/aws`), and many calls take longer: here all ends after
 * `giveUpMs`, which may be Infinity. `repeatable`: a write that is done once however often it is asked for; where its
 * answer got lost, that is what is said.
 */
export async function withAws<T>(
  doing: string,
  call: () => Promise<T>,
  { giveUpMs = GIVE_UP_MS, repeatable = false }: { giveUpMs?: number; repeatable?: boolean } = {},
): Promise<T> {
  try {
    return await withTimeLimit(giveUpMs, `ETIMEDOUT: no answer in ${giveUpMs / 1_000} s`, async () => {
      await checkStageOnce(checkPlaceFirst)
      return call()
    })
  } catch (error) {
    if (error instanceof CannotDo || !(error instanceof Error)) throw error
    if (repeatable && isUnanswered(error))
      throw new AwsFailed(`it is not known whether this was done: ${doing}: ${describe(error)}`, {
        hint: 'give the same command again: what was done is not done twice',
        cause: error,
      })
    throw new AwsFailed(`could not ${doing}: ${describe(error)}`, { hint: remedyOf(error), cause: error })
  }
}

/** Whose account this is, is a question of its own: what fails in it is not what the command was about to do. */
async function checkPlaceFirst(stage: CommandStage): Promise<void> {
  const { checkStagePlace } = await import('./stage-place.ts')
  try {
    await checkStagePlace(stage)
  } catch (error) {
    if (error instanceof CannotDo || !(error instanceof Error)) throw error
    const message = `could not ask STS whose account this is: ${describe(error)}`
    const where = `stage ${stage.stage} lives in account ${stage.account} (${stage.file})`
    if (stage.urgent !== true)
      throw new AwsFailed(`${message}; ${where}`, { hint: remedyOf(error), cause: error })
    stage.note(`note: ${message}. Going on, since it is urgent: ${where}; see that this is it`)
  }
}

/** As `withAws`, for what comes page by page: each page has its own time limit. */
export async function* eachWithAws<T>(
  doing: string,
  items: AsyncIterable<T>,
  limits: { giveUpMs?: number } = {},
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await withAws(doing, () => iterator.next(), limits)
      if (done) return
      yield value
    }
  } finally {
    // Not awaited: a generator that hangs in a call cannot be ended.
    void iterator.return?.()
  }
}

/** It was sent, and what came of it was not told. */
function isUnanswered(error: Error): boolean {
  const { $metadata, code = '' } = error as { $metadata?: Sent; code?: string }
  const lost = /ECONNRESET|ETIMEDOUT|EPIPE|TimeoutError|socket hang up/
  return (
    mayHaveHadEffect(error) &&
    (isForeign(error) ||
      ($metadata?.httpStatusCode ?? 0) >= 500 ||
      lost.test(`${code} ${error.name} ${error.message}`))
  )
}

function describe(error: Error): string {
  // A refused connection to a name of several addresses: one error for each, and no message of its own.
  if (error instanceof AggregateError) return error.errors.map((it: Error) => it.message).join('; ')
  const { $metadata, $response } = error as { $metadata?: Sent; $response?: { statusCode?: number } }
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  if (isForeign(error)) return `an answer that is not AWS’s${status === undefined ? '' : ` (HTTP ${status})`}`
  return error.message || error.name
}

type Sent = { httpStatusCode?: number }

/** The SDK could make nothing of the answer: a proxy’s error page, say. */
function isForeign({ name, message }: Error): boolean {
  return name === 'UnknownError' || message === 'UnknownError' || /Deserialization error/.test(message)
}

function remedyOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  const text = `${error.name} ${error.message}`
  if (/Region is missing/i.test(text))
    return 'write region: under stage: in its config file, or set AWS_REGION'
  if (/credential|token.*expired|ExpiredToken|UnrecognizedClient/i.test(text)) {
    return 'log in to AWS first (aws sso login), or set AWS_PROFILE'
  }
  if (
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EAI_AGAIN|ETIMEDOUT|TimeoutError/.test(
      `${code} ${text}`,
    )
  ) {
    return 'nothing answers there: check AWS_ENDPOINT_URL and the network; for the local AWS, npm start -- --serve'
  }
  if (isForeign(error) || /Invalid URL/.test(text)) return 'check AWS_ENDPOINT_URL, and any proxy in between'
  if (/ResourceNotFound/i.test(text))
    return 'is the stage deployed here? serverless deploy --stage NAME; check account and region'
  if (/AccessDenied/i.test(text)) return DENIED_HINT
  if (/Throttl|Throughput|TooManyRequests|LimitExceeded|Rate exceeded/i.test(text))
    return 'AWS is being asked too much: try again in a minute'
  if (/Internal|ServiceUnavailable|ServiceFailure|ServiceException/i.test(error.name))
    return 'AWS itself failed: try again in a minute; AWS Health may know more'
  return 'check account, region and stage'
}

export const INVOKE_PERMISSIONS = {
  invoke: [{ action: 'lambda:InvokeFunction', on: 'function', changes: true }],
} as const satisfies Record<string, Permission[]>

/** A plain function may start cold, and has an answer to ask for itself. */
const ANSWER_MS = 60_000

/** What a function of ours throws where it has done nothing: whoever asked can mend that. */
const REFUSALS = ['RequestError', 'NameTaken']

/**
 * Invokes a plain function and answers with its result. What it throws becomes CannotDo; AwsFailed where it is no
 * refusal: then it may have done some of its work.
 */
export async function invoke(functionName: string, event: unknown): Promise<unknown> {
  const client = new LambdaClient({ ...settingsFor('repeatable', { ...WAITS, answerMs: ANSWER_MS }) })
  const { FunctionError, Payload } = await withAws(`invoke ${functionName}`, () =>
    client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) })),
  )
  const answer: unknown = JSON.parse(Payload?.transformToString() || 'null')
  if (FunctionError === undefined) return answer
  const { errorType = '', errorMessage = FunctionError } = answer as Record<string, string | undefined>
  const message = `${functionName}: ${errorMessage}`
  throw REFUSALS.includes(errorType) ? new CannotDo(message) : new AwsFailed(message)
}
