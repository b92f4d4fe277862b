import { AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { ACCOUNT, functionArn, parseFunction } from '../arn.ts'
import type { LocalResponse } from '../http.ts'
import type { FunctionDetails, LookUps } from '../look-ups.ts'
import { json, type Route } from '../protocols/rest.ts'
import type { Lambda } from './invoke.ts'

const PATHS = {
  GetFunction: /^\/2015-03-31\/functions\/([^/]+)$/,
  GetFunctionConfiguration: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
  GetPolicy: /^\/2015-03-31\/functions\/([^/]+)\/policy$/,
  GetFunctionConcurrency: /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/,
}

/** What a function is, and who may invoke it. Source: Lambda API reference. */
export function lookUpRoutes({ functions, accountLimit }: LookUps, lambda: Lambda): Route[] {
  const ofFunctions = Object.entries(PATHS).map(
    ([action, path]): Route => [
      'GET',
      path,
      action,
      ({ query }, id) => {
        const { name } = parseFunction(id)
        const deployed = lambda.deployed.get(name)
        if (deployed) return ofDeployed(action, deployed.configuration(query.get('Qualifier') ?? undefined))
        const isDurable = lambda.durableFunctions.has(name)
        const qualifier = query.get('Qualifier')
        const known = isDurable
          ? !qualifier || qualifier === 'live'
          : !qualifier && lambda.functions.has(name)
        if (known) return answer(action, name, isDurable, functions.get(name) ?? {})
        const arn = [functionArn(name), qualifier].filter(Boolean).join(':')
        throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404)
      },
    ],
  )
  const accountSettings = () => json({ AccountLimit: accountLimit })
  return [...ofFunctions, ['GET', /^\/2016-08-19\/account-settings$/, 'GetAccountSettings', accountSettings]]
}

function ofDeployed(action: string, Configuration: object): LocalResponse {
  if (action === 'GetFunction') return json({ Configuration })
  if (action === 'GetFunctionConfiguration') return json(Configuration)
  throw unsupported(`${action} of a function that CloudFormation made`)
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
  const Configuration = {
    FunctionName: name,
    FunctionArn: functionArn(name),
    Runtime: 'nodejs24.x',
    Role: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Timeout: 300,
    ...(durable && { DurableConfig: { ExecutionTimeout: 86_400, RetentionPeriodInDays: 14 } }),
    ...details.configuration,
  }
  return json(action === 'GetFunction' ? { Configuration } : Configuration)
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
