import type { ErrorObject } from '@aws/durable-execution-sdk-js'
import { AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { parseFunction } from '../arn.ts'
import { parseJson } from '../http.ts'
import { json, type Route } from '../protocols/rest.ts'
import type { DurableExecutions, Execution } from './durable.ts'

/** What becomes of a durable execution, and its end by hand. Source: Lambda API reference. */
export function executionRoutes(executions: DurableExecutions): Route[] {
  const find = (arn: string): Execution => {
    const found = [...executions.all.values()].find((it) => it.arn === arn)
    if (!found) throw new AwsError('ResourceNotFoundException', `Durable execution not found: ${arn}`, 404)
    return found
  }
  return [
    [
      'GET',
      /^\/2025-12-01\/durable-executions\/([^/]+)$/,
      'GetDurableExecution',
      (_request, arn) => json(describe(find(arn))),
    ],
    [
      'GET',
      /^\/2025-12-01\/functions\/([^/]+)\/durable-executions$/,
      'ListDurableExecutionsByFunction',
      ({ query }, id) => {
        const unknown = [...query.keys()].find((it) => it !== 'Statuses')
        if (unknown) throw unsupported(`the parameter ${unknown} of ListDurableExecutionsByFunction`)
        const wanted = query.getAll('Statuses')
        const { name } = parseFunction(id)
        return json({
          DurableExecutions: [...executions.all.values()]
            .filter((it) => it.functionName === name)
            .map(describe)
            .filter(({ Status }) => wanted.length === 0 || wanted.includes(Status))
            .map(({ InputPayload: _, ...rest }) => rest),
        })
      },
    ],
    [
      'POST',
      /^\/2025-12-01\/durable-executions\/([^/]+)\/stop$/,
      'StopDurableExecution',
      async ({ body }, arn) => {
        const execution = find(arn)
        const given = parseJson(body) as Partial<ErrorObject>
        await execution.stop({ ErrorType: 'Stopped', ErrorMessage: 'The execution was stopped.', ...given })
        return json({ StopTimestamp: (execution.ended?.at ?? Date.now()) / 1_000 })
      },
    ],
  ]
}

function describe({ arn, name, payload, startedAt, ended }: Execution) {
  const [, version = '1'] = /:([^:]+)\/durable-execution\//.exec(arn) ?? []
  const { outcome } = ended ?? {}
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: arn.slice(0, arn.indexOf('/durable-execution/')),
    InputPayload: payload,
    Status: ended?.status ?? 'RUNNING',
    StartTimestamp: startedAt / 1_000,
    Version: version,
    ...(ended && { EndTimestamp: ended.at / 1_000 }),
    ...(outcome && 'result' in outcome && { Result: outcome.result }),
    ...(outcome &&
      'error' in outcome && {
        Error: { ErrorType: outcome.error.errorType, ErrorMessage: outcome.error.errorMessage },
      }),
  }
}
