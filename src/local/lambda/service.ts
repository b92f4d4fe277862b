import type { ErrorObject } from '@aws/durable-execution-sdk-js'
import { functionArn, parseFunction } from '../arn.ts'
import { AwsError, unsupported } from '../error.ts'
import { type LocalRequest, type LocalResponse, type LocalService, parseJson } from '../http.ts'
import { type Invocation, invoke, type Lambda } from './invoke.ts'

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/
const GET = /^\/2015-03-31\/functions\/([^/]+)$/

const CALLBACK = /^\/2025-12-01\/durable-execution-callbacks\/([^/]+)\/(succeed|fail)$/
const EXECUTION = /^\/2025-12-01\/durable-executions\/([^/]+)\/(checkpoint|state)$/

const ROUTES = [
  { method: 'POST', path: INVOKE, action: 'Invoke' },
  { method: 'GET', path: GET, action: 'GetFunction' },
  { method: 'POST', path: /durable-executions\/[^/]+\/checkpoint$/, action: 'CheckpointDurableExecution' },
  { method: 'GET', path: /durable-executions\/[^/]+\/state$/, action: 'GetDurableExecutionState' },
  {
    method: 'POST',
    path: /durable-execution-callbacks\/[^/]+\/succeed$/,
    action: 'SendDurableExecutionCallbackSuccess',
  },
  {
    method: 'POST',
    path: /durable-execution-callbacks\/[^/]+\/fail$/,
    action: 'SendDurableExecutionCallbackFailure',
  },
]

/** Lambda's Invoke, GetFunction, checkpoints and the ends of durable callbacks, in REST JSON: parameters in the path, the query and `X-Amz-` headers. */
export function lambdaService(lambda: Lambda): LocalService {
  return {
    name: 'lambda',
    recognise({ method, path }) {
      return ROUTES.find((route) => route.method === method && route.path.test(path))?.action
    },
    async handle(action, request) {
      if (action === 'Invoke') return answerInvoke(lambda, request)
      if (/DurableExecution(State)?$/.test(action)) return answerExecution(lambda, request)
      return action === 'GetFunction' ? getFunction(lambda, request) : endCallback(lambda, request)
    },
  }
}

async function answerExecution({ executions }: Lambda, request: LocalRequest): Promise<LocalResponse> {
  const [, id = '', of] = EXECUTION.exec(request.path) ?? []
  const arn = decodeURIComponent(id)
  const answer =
    of === 'checkpoint'
      ? await executions.wire.checkpoint(arn, parseJson(request.body) as object)
      : await executions.wire.state(arn, request.query.get('CheckpointToken') ?? '')
  return { status: 200, body: JSON.stringify(answer) }
}

async function endCallback({ executions }: Lambda, request: LocalRequest): Promise<LocalResponse> {
  const [, id = '', end] = CALLBACK.exec(request.path) ?? []
  const callbackId = decodeURIComponent(id)
  if (end === 'succeed') await executions.callbacks.succeed(callbackId, request.body.toString('utf8'))
  else await executions.callbacks.fail(callbackId, parseJson(request.body) as ErrorObject)
  return { status: 200 }
}

async function answerInvoke(lambda: Lambda, request: LocalRequest): Promise<LocalResponse> {
  if (request.header('x-amz-log-type') === 'Tail') throw unsupported('the parameter LogType of Invoke')
  for (const header of ['x-amz-client-context', 'x-amz-tenant-id']) {
    if (request.header(header)) throw unsupported(`the header ${header} of Invoke`)
  }
  const invoked = await invoke(lambda, {
    functionName: decodeURIComponent(INVOKE.exec(request.path)?.[1] ?? ''),
    qualifier: request.query.get('Qualifier') ?? undefined,
    type: invocationType(request.header('x-amz-invocation-type')),
    payload: request.body.toString('utf8'),
    durableExecutionName: request.header('x-amz-durable-execution-name'),
  })
  const headers: Record<string, string> = { 'x-amz-executed-version': invoked.version }
  if (invoked.executionArn) headers['x-amz-durable-execution-arn'] = invoked.executionArn
  if (!invoked.outcome) return { status: invoked.status, headers }
  if ('result' in invoked.outcome) return { status: invoked.status, headers, body: invoked.outcome.result }
  headers['x-amz-function-error'] = 'Unhandled'
  return { status: invoked.status, headers, body: JSON.stringify(invoked.outcome.error) }
}

function invocationType(type = 'RequestResponse'): Invocation['type'] {
  if (type === 'RequestResponse' || type === 'Event' || type === 'DryRun') return type
  throw new AwsError('InvalidParameterValueException', `The invocation type is not valid: ${type}`)
}

function getFunction(lambda: Lambda, request: LocalRequest): LocalResponse {
  const id = decodeURIComponent(GET.exec(request.path)?.[1] ?? '')
  const { name } = parseFunction(id)
  const durable = lambda.durableFunctions.has(name)
  if (!durable && !lambda.functions.has(name)) {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${functionArn(name)}`, 404)
  }
  const Configuration = {
    FunctionName: name,
    FunctionArn: functionArn(name),
    Runtime: 'nodejs24.x',
    State: 'Active',
    ...(durable ? { DurableConfig: { ExecutionTimeout: 86_400, RetentionPeriodInDays: 14 } } : {}),
  }
  return { status: 200, body: JSON.stringify({ Configuration }) }
}
