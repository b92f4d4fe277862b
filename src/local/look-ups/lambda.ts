import { ACCOUNT, functionArn, parseFunction } from '../arn.ts'
import { AwsError } from '../error.ts'
import type { LocalRequest, LocalResponse, LocalService } from '../http.ts'
import type { LambdaState } from '../lambda/function.ts'
import type { FunctionDetails, LookUps } from './state.ts'

const PATHS: Record<string, RegExp> = {
  GetFunctionConfiguration: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
  GetPolicy: /^\/2015-03-31\/functions\/([^/]+)\/policy$/,
  GetAccountSettings: /^\/2016-08-19\/account-settings$/,
  GetFunctionConcurrency: /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/,
}

/** What a function is, and who may invoke it. Source: Lambda API reference. */
export function lambdaLookUps({ functions, accountLimit }: LookUps, lambda: LambdaState): LocalService {
  return {
    name: 'lambda',
    recognise: ({ method, path }) =>
      method === 'GET' ? Object.keys(PATHS).find((action) => PATHS[action]?.test(path)) : undefined,
    async handle(action, request) {
      if (action === 'GetAccountSettings') return json({ AccountLimit: accountLimit })
      const name = nameIn(action, request)
      const durable = lambda.durableFunctions.has(name)
      const qualifier = request.query.get('Qualifier')
      const known = durable ? !qualifier || qualifier === 'live' : !qualifier && lambda.functions.has(name)
      if (!known)
        throw new AwsError(
          'ResourceNotFoundException',
          `Function not found: ${[functionArn(name), qualifier].filter(Boolean).join(':')}`,
          404,
        )
      return answer(action, name, durable, functions.get(name) ?? {})
    },
  }
}

function nameIn(action: string, { path }: LocalRequest): string {
  return parseFunction(decodeURIComponent(PATHS[action]?.exec(path)?.[1] ?? '')).name
}

function answer(action: string, name: string, durable: boolean, details: FunctionDetails): LocalResponse {
  if (action === 'GetFunctionConcurrency') {
    return json({ ReservedConcurrentExecutions: details.reservedConcurrency })
  }
  if (action === 'GetPolicy') {
    const { policy = secretsManagerMayInvoke(name) } = details
    if (policy === null)
      throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404)
    return json({ Policy: JSON.stringify(policy) })
  }
  return json({
    FunctionName: name,
    FunctionArn: functionArn(name),
    Runtime: 'nodejs24.x',
    Role: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Timeout: 300,
    ...(durable && { DurableConfig: { ExecutionTimeout: 86_400, RetentionPeriodInDays: 14 } }),
    ...details.configuration,
  })
}

function secretsManagerMayInvoke(name: string): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'secretsmanager.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn(name),
        Condition: { StringEquals: { 'AWS:SourceAccount': ACCOUNT } },
      },
    ],
  }
}

function json(body: object): LocalResponse {
  return { status: 200, body: JSON.stringify(body) }
}
