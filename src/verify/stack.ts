import { allow, NEVER_READ_SECRETS, type Statement, useKeyOf, writeLogs } from '../deploy/statements.ts'
import { attribute, type Json, ownArn, type Resource, type Resources, ref } from '../deploy/template.ts'
import { EXECUTION_EVENTS } from '../observe/run-end.ts'
import { CANARIES, type Canary, TEST_EVENT, type VerifyNames, verifyNames } from './names.ts'

/**
 * The throw-away stack of `verify`: what it measures with, and nothing else. Every name begins with
 * `verify-tourbillon-ID` (names.ts), so that IAM can bind whoever makes it, and what it makes, to these names. The functions are
 * made with a stub, since a template holds 4 KB of code; `verify` sends theirs afterwards. Schedules are none: `verify`
 * makes them in the group, each with an end of its own.
 */

/** Functions of the stack, by their handlers' names in functions/index.ts. */
const HANDLER_OF = {
  rotation: 'rotation',
  probe: 'probe',
  probeWithout: 'probe',
  seen: 'seen',
  durable: 'durable',
  durableToo: 'durable',
  // Of its own, so that nothing else keeps a process of it warm.
  durableWaits: 'durable',
} as const

type VerifyFunction = keyof typeof HANDLER_OF

export const VERIFY_FUNCTIONS = Object.keys(HANDLER_OF) as VerifyFunction[]

/** Answers to `testSecret`, which Secrets Manager asks for when rotation is attached. */
const STUB = 'exports.rotation = exports.probe = exports.seen = exports.durable = async () => {}'

type Settings = {
  id: string
  /** As the stage has them. */
  permissionsBoundary?: string | undefined
  kmsKeyArn?: string | undefined
}

/** The template. Pure: the same for the same settings. 51,200 bytes at most, so that no bucket is needed. */
export function verifyStack({ id, permissionsBoundary, kmsKeyArn }: Settings) {
  const names = verifyNames(id)
  const useKey = useKeyOf({ kmsKeyArn })
  const secrets = CANARIES.map((canary) => ref(secretId(canary)))
  const table = ownArn('dynamodb', `table/${names.table}`)
  const note = allow('NoteArrivals', ['dynamodb:PutItem'], [table])
  const functionArn = (name: string) => ownArn('lambda', `function:${name}`)
  const publish = allow('Tell', ['sns:Publish'], [ref('Topic')])
  const look = ['secretsmanager:RotateSecret', 'secretsmanager:DescribeSecret']

  const role = (name: string, trust: Json, statements: Statement[]): Resource => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
      Policies: [
        {
          PolicyName: 'tourbillon-verify',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [...statements, ...useKey, NEVER_READ_SECRETS],
          },
        },
      ],
      ...(permissionsBoundary !== undefined && { PermissionsBoundary: permissionsBoundary }),
    },
  })

  /** A function with its role and its log group, which nobody else can make again once it is deleted. */
  const lambda = (
    of: VerifyFunction,
    timeout: number,
    statements: Statement[],
    more: Properties = {},
  ): Resources => {
    const name = names[of]
    const [logs, roleId] = [`${logicalId(of)}Logs`, `${logicalId(of)}Role`]
    return {
      [logs]: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { LogGroupName: `/aws/lambda/${name}`, RetentionInDays: 1 },
      },
      [roleId]: role(name, TRUST_LAMBDA, [writeLogs(name), ...statements]),
      [logicalId(of)]: {
        Type: 'AWS::Lambda::Function',
        DependsOn: logs,
        Properties: {
          FunctionName: name,
          Description: `Tourbillon verify: throw-away (${HANDLER_OF[of]})`,
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Handler: `index.${HANDLER_OF[of]}`,
          Code: { ZipFile: STUB },
          Role: attribute(roleId, 'Arn'),
          MemorySize: 256,
          Timeout: timeout,
          LoggingConfig: { LogFormat: 'JSON' },
          Environment: {
            Variables: {
              VERIFY: names.stack,
              TABLE: names.table,
              TOPIC: ref('Topic'),
              OTHER: names.durableToo,
            },
          },
          ...(kmsKeyArn && { KmsKeyArn: kmsKeyArn }),
          ...more,
        },
      },
    }
  }

  const durable = (
    of: 'durable' | 'durableToo' | 'durableWaits',
    statements: Statement[] = [],
    more: Properties = {},
  ) => {
    const own = allow(
      'CheckpointOwnExecutions',
      ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
      [functionArn(`${names[of]}:*`)],
    )
    const config = { DurableConfig: { ExecutionTimeout: 1_800, RetentionPeriodInDays: 1 } }
    return lambda(of, 60, [note, own, ...statements], { ...config, ...more })
  }

  const Resources: Resources = {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: names.table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        ...(kmsKeyArn && {
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKeyArn },
        }),
      },
    },
    Topic: {
      Type: 'AWS::SNS::Topic',
      Properties: { TopicName: names.topic, ...(kmsKeyArn && { KmsMasterKeyId: kmsKeyArn }) },
    },
    ...Object.fromEntries(
      CANARIES.flatMap((canary) => canarySecret(canary, names.secret(canary), kmsKeyArn)),
    ),
    ...lambda('rotation', 60, [
      note,
      allow(
        'RotateOwnSecrets',
        [
          'secretsmanager:DescribeSecret',
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        secrets,
      ),
    ]),
    ...lambda('probe', 180, [
      allow('RotateOwnSecrets', look, secrets),
      allow('StartRotationFunction', ['lambda:InvokeFunction'], [functionArn(names.rotation)]),
      allow('Announce', ['events:PutEvents'], [ownArn('events', 'event-bus/default')], {
        StringEquals: { 'events:source': TEST_EVENT.source },
      }),
      publish,
    ]),
    // All that a rotation asks for, but for lambda:InvokeFunction.
    ...lambda('probeWithout', 180, [allow('RotateOwnSecrets', look, secrets)]),
    ...lambda('seen', 30, [note]),
    ...durable('durable', [
      allow('StartOther', ['lambda:InvokeFunction'], [functionArn(`${names.durableToo}:*`)]),
    ]),
    // What fails of it is given up to the topic: it takes a topic for a queue.
    ...durable('durableToo', [publish], { DeadLetterConfig: { TargetArn: ref('Topic') } }),
    ...durable('durableWaits'),
    RotationPermission: permission('Rotation', 'secretsmanager.amazonaws.com', {
      SourceAccount: ref('AWS::AccountId'),
    }),
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: attribute('Seen', 'Arn') },
    },
    TopicPermission: permission('Seen', 'sns.amazonaws.com', { SourceArn: ref('Topic') }),
    ...rule('Labels', names.rule('labels'), {
      source: ['aws.secretsmanager'],
      'detail-type': ['Secret Label Updated', 'AWS Service Event via CloudTrail'],
    }),
    ...rule('Ends', names.rule('ends'), {
      source: [EXECUTION_EVENTS.source],
      'detail-type': [EXECUTION_EVENTS.detailType],
    }),
    ...rule('Test', names.rule('test'), {
      source: [TEST_EVENT.source],
      'detail-type': [TEST_EVENT.detailType],
    }),
    ScheduleGroup: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: names.scheduleGroup } },
    SchedulerRole: role(names.schedulerRole, TRUST_SCHEDULER, [
      allow('InvokeSeen', ['lambda:InvokeFunction'], [functionArn(names.seen)]),
    ]),
    FailedAlarm: alarm(names, 'failed', 'DurableExecutionFailed'),
    StoppedAlarm: alarm(names, 'stopped', 'DurableExecutionStopped'),
  }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Throw-away stack of aws-tourbillon verify (${id}). It may be deleted at any time.`,
    Resources,
    Outputs: {
      SeenArn: { Value: attribute('Seen', 'Arn') },
      SchedulerRoleArn: { Value: attribute('SchedulerRole', 'Arn') },
      ...Object.fromEntries(CANARIES.map((canary) => [secretId(canary), { Value: ref(secretId(canary)) }])),
    },
  }
}

type Properties = { [key: string]: Json }

/** Trusted by the functions' roles. */
const TRUST_LAMBDA: Json = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
}

const TRUST_SCHEDULER: Json = {
  Effect: 'Allow',
  Principal: { Service: 'scheduler.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
}

function logicalId(of: VerifyFunction): string {
  return of[0]?.toUpperCase() + of.slice(1)
}

/** Of the resource, and of the output that has its ARN. */
export function secretId(canary: Canary): string {
  return `Secret${canary[0]?.toUpperCase()}${canary.slice(1)}`
}

/**
 * A secret that protects nothing, which can be rotated on demand only: no rules. CloudFormation deletes it at once.
 * Source: CloudFormation User Guide, AWS::SecretsManager::RotationSchedule.
 */
function canarySecret(canary: Canary, Name: string, kmsKeyArn?: string): [string, Resource][] {
  const id = secretId(canary)
  return [
    [
      id,
      {
        Type: 'AWS::SecretsManager::Secret',
        Properties: {
          Name,
          Description: 'Throw-away secret of aws-tourbillon verify: opens nothing',
          GenerateSecretString: { PasswordLength: 32 },
          ...(kmsKeyArn && { KmsKeyId: kmsKeyArn }),
        },
      },
    ],
    [
      `${id}Rotation`,
      {
        Type: 'AWS::SecretsManager::RotationSchedule',
        DependsOn: 'RotationPermission',
        Properties: {
          SecretId: ref(id),
          RotationLambdaARN: attribute('Rotation', 'Arn'),
          RotateImmediatelyOnUpdate: false,
        },
      },
    ],
  ]
}

/** Of one function only, and told as the stage's own alarms are; by the minute, so that it is told in time. */
function alarm(names: VerifyNames, end: 'failed' | 'stopped', metric: string): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: names.alarm(end),
      AlarmDescription: `Throw-away alarm of aws-tourbillon verify: an execution was ${end}, as it was to be.`,
      Namespace: 'AWS/Lambda',
      MetricName: metric,
      Dimensions: [{ Name: 'FunctionName', Value: names.durableToo }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [ref('Topic')],
    },
  }
}

/** To `seen`, which keeps only what names this stack. */
function rule(id: string, Name: string, EventPattern: Json): Resources {
  return {
    [`${id}Rule`]: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name,
        Description: 'Throw-away rule of aws-tourbillon verify',
        State: 'ENABLED',
        EventPattern,
        Targets: [{ Id: 'seen', Arn: attribute('Seen', 'Arn') }],
      },
    },
    [`${id}Permission`]: permission('Seen', 'events.amazonaws.com', {
      SourceArn: attribute(`${id}Rule`, 'Arn'),
    }),
  }
}

function permission(of: string, Principal: string, source: Properties): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: attribute(of, 'Arn'),
      Action: 'lambda:InvokeFunction',
      Principal,
      ...source,
    },
  }
}
