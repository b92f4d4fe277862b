import type { StageSettings } from '../../config/stage-settings.ts'
import type { ResourceNames } from '../../model/resource-names.ts'
import { attribute, IDS, type Json, type Resource, type Resources } from '../template.ts'

/**
 * What osls makes of our functions, as far as permissions go: types, names, names of properties, roles. So `permissions`
 * needs no osls, and no second; that it is the same is tested (test/deploy/deployer.deep.test.ts).
 */
export function oslsResources(
  names: ResourceNames,
  { reservedConcurrency, vpc, kmsKeyArn }: Pick<StageSettings, 'reservedConcurrency' | 'vpc' | 'kmsKeyArn'>,
  { watchesReads = false, handsOver = false }: { watchesReads?: boolean; handsOver?: boolean } = {},
): Resources {
  const functions: [id: string, name: string, role: string][] = [
    ['Rotate', names.rotateFunction, IDS.rotateRole],
    ['RotateNow', names.rotateNowFunction, IDS.rotateNowRole],
    ['Audit', names.auditFunction, IDS.auditRole],
    ['Observe', names.observeFunction, IDS.observeRole],
    ...(watchesReads ? ([['Reads', names.readsFunction, IDS.readsRole]] as [string, string, string][]) : []),
    ...(handsOver
      ? [['Handover', names.handoverFunction, IDS.handoverRole] as [string, string, string]]
      : []),
  ]
  const common = [
    ...['Code', 'Handler', 'Runtime', 'MemorySize', 'Timeout', 'Architectures', 'Description', 'Environment'],
    ...['LoggingConfig', ...(vpc ? ['VpcConfig'] : []), ...(kmsKeyArn ? ['KmsKeyArn'] : [])],
    ...(reservedConcurrency === undefined ? [] : ['ReservedConcurrentExecutions']),
  ]
  return Object.fromEntries([
    ...functions.flatMap(([id, FunctionName, role]): [string, Resource][] => [
      [
        `${id}LogGroup`,
        made('AWS::Logs::LogGroup', ['RetentionInDays'], {
          LogGroupName: `/aws/lambda/${FunctionName}`,
        }),
      ],
      [
        `${id}LambdaFunction`,
        made('AWS::Lambda::Function', [...common, 'DurableConfig', 'DeadLetterConfig'], {
          ...{ FunctionName, Role: attribute(role, 'Arn') },
        }),
      ],
      [`${id}LambdaVersion`, made('AWS::Lambda::Version', ['FunctionName', 'CodeSha256', 'Description'])],
      [
        `${id}LambdaEvConf`,
        made('AWS::Lambda::EventInvokeConfig', [
          ...['FunctionName', 'DestinationConfig', 'Qualifier', 'MaximumRetryAttempts'],
          'MaximumEventAgeInSeconds',
        ]),
      ],
    ]),
    ...[IDS.rotateAlias, ...(handsOver ? [IDS.handoverAlias] : [])].map((id): [string, Resource] => [
      id,
      made('AWS::Lambda::Alias', ['FunctionName', 'FunctionVersion', 'Name']),
    ]),
    ['AuditEventsRuleSchedule1', made('AWS::Events::Rule', ['ScheduleExpression', 'State', 'Targets'])],
    [
      'ObserveEventBridgeRule',
      made('AWS::Events::Rule', ['EventPattern', 'State', 'Targets'], {
        Name: `${names.observeFunction}-rule-1`,
      }),
    ],
    ['Permission', made('AWS::Lambda::Permission', ['FunctionName', 'Action', 'Principal', 'SourceArn'])],
    ['ServerlessDeploymentBucket', made('AWS::S3::Bucket', ['BucketEncryption'])],
    ['ServerlessDeploymentBucketPolicy', made('AWS::S3::BucketPolicy', ['Bucket', 'PolicyDocument'])],
  ])
}

function made(Type: string, properties: string[], known: Record<string, Json> = {}): Resource {
  return { Type, Properties: { ...Object.fromEntries(properties.map((name) => [name, true])), ...known } }
}
