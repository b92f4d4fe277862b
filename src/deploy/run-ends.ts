import type { ResourceNames } from '../model/resource-names.ts'
import { BAD_ENDS, EXECUTION_EVENTS } from '../observe/run-end.ts'
import { attribute, IDS, ownArn, type Resources } from './template.ts'

/**
 * Lambda's events of the orchestrator's executions that end badly go to the observer. Not in serverless.yml: it cannot
 * put this account's ARN into a pattern. That ARN has the version behind it; `rotateNow`, whose name begins the same, has
 * no executions. Source: Lambda Developer Guide, durable-monitoring; EventBridge User Guide, eb-event-patterns.
 */
export function runEnds(stage: string, names: ResourceNames): Resources {
  const observer = attribute(IDS.observeFunction, 'Arn')
  return {
    RunEndsRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: `Tourbillon ${stage}: executions that ended without having done their work`,
        State: 'ENABLED',
        EventPattern: {
          source: [EXECUTION_EVENTS.source],
          'detail-type': [EXECUTION_EVENTS.detailType],
          detail: {
            status: [...BAD_ENDS],
            functionArn: [{ prefix: ownArn('lambda', `function:${names.rotateFunction}`) }],
          },
        },
        Targets: [{ Id: 'observe', Arn: observer }],
      },
    },
    RunEndsPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: observer,
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: attribute('RunEndsRule', 'Arn'),
      },
    },
  }
}
