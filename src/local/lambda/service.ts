import type { ErrorObject } from '@aws/durable-execution-sdk-js'
import { AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { type LocalRequest, type LocalResponse, type LocalService, parseJson } from '../http.ts'
import type { LookUps } from '../look-ups.ts'
import { json, restService } from '../protocols/rest.ts'
import { codeRoutes } from './code.ts'
import { executionRoutes } from './executions.ts'
import { type Invocation, invoke, type Lambda } from './invoke.ts'
import { lookUpRoutes } from './look-ups.ts'

/** Lambda: Invoke, durable executions, code and versions, what a function is, and who may invoke it. */
export function lambdaService(lambda: Lambda, lookUps: LookUps): LocalService {
  const { wire, callbacks } = lambda.executions
  return restService('lambda', [
    [
      'POST',
      /^\/2015-03-31\/functions\/([^/]+)\/invocations$/,
      'Invoke',
      (request, id) => answerInvoke(lambda, id, request),
    ],
    [
      'POST',
      /^\/2025-12-01\/durable-executions\/([^/]+)\/checkpoint$/,
      'CheckpointDurableExecution',
      async ({ body }, arn) => json(await wire.checkpoint(arn, parseJson(body) as object)),
    ],
    [
      'GET',
      /^\/2025-12-01\/durable-executions\/([^/]+)\/state$/,
      'GetDurableExecutionState',
      async ({ query }, arn) => json(await wire.state(arn, query.get('CheckpointToken') ?? '')),
    ],
    [
      'POST',
      /^\/2025-12-01\/durable-execution-callbacks\/([^/]+)\/succeed$/,
      'SendDurableExecutionCallbackSuccess',
      async ({ body }, id) => {
        await callbacks.succeed(id, body.toString('utf8'))
        return { status: 200 }
      },
    ],
    [
      'POST',
      /^\/2025-12-01\/durable-execution-callbacks\/([^/]+)\/fail$/,
      'SendDurableExecutionCallbackFailure',
      async ({ body }, id) => {
        await callbacks.fail(id, parseJson(body) as ErrorObject)
        return { status: 200 }
      },
    ],
    ...executionRoutes(lambda.executions),
    ...codeRoutes(lambda),
    ...lookUpRoutes(lookUps, lambda),
  ])
}

async function answerInvoke(
  lambda: Lambda,
  functionName: string,
  request: LocalRequest,
): Promise<LocalResponse> {
  if (request.header('x-amz-log-type') === 'Tail') throw unsupported('the parameter LogType of Invoke')
  for (const header of ['x-amz-client-context', 'x-amz-tenant-id']) {
    if (request.header(header)) throw unsupported(`the header ${header} of Invoke`)
  }
  const invoked = await invoke(lambda, {
    functionName,
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
