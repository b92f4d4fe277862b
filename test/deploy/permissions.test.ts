import { beforeAll, describe, expect, it } from 'vitest'
import type { Resource } from '../../src/deploy/template.ts'
import { serverlessPackage } from './service.ts'

const OWN = `arn:\${AWS::Partition}:SERVICE:\${AWS::Region}:\${AWS::AccountId}`
const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:billing/db-Ab12Cd'
const CONFIG = `
defaults: { timezone: UTC }
schedules:
  orders-db: { when: cron(0 3 ? * SUN *), secrets: [iam/orders/db, ${ARN}], notify: { sns: ops-oncall } }
  reports-db:
    when: cron(0 4 ? * SUN *)
    secrets: [iam/orders/db, iam/reports/db]
    notify: { on: [failure, success], sns: 'arn:aws:sns:us-east-1:123456789012:reports' }
    after:
      - { invoke: refresh-cache, timeout: 1m }
      - { invoke: 'arn:aws:lambda:us-east-1:123456789012:function:smoke-test:live', timeout: 1m }
`

type Statement = { Sid: string; Effect: string; Action: string[]; Resource: unknown[]; Condition?: unknown }

let resources: Record<string, Resource>
beforeAll(async () => {
  resources = (await serverlessPackage('iam', CONFIG)).template?.Resources ?? {}
})

const DENY: Statement = {
  Sid: 'NeverReadSecrets',
  Effect: 'Deny',
  Action: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  Resource: ['*'],
}
const DEAD_LETTERS = { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] }

const PUT_EVENTS: Statement = {
  ...allow('Announce', ['events:PutEvents'], own('events', 'event-bus/default')),
  Condition: { StringEquals: { 'events:source': 'tourbillon' } },
}
const TELL_PEOPLE = allow(
  'TellPeople',
  ['sns:Publish'],
  { Ref: 'AlertTopic' },
  'arn:aws:sns:us-east-1:123456789012:reports',
  own('sns', 'ops-oncall'),
)

/** Every permission of the stack, word by word: whoever widens one has to say so here. */
const ALLOWED: Record<string, Statement[]> = {
  RotateRole: [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', 'log-group:/aws/lambda/tourbillon-iam-rotate:*'),
    ),
    allow(
      'CheckpointOwnExecutions',
      ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
      own('lambda', 'function:tourbillon-iam-rotate:*'),
    ),
    allow(
      'KeepLedger',
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      own('dynamodb', 'table/tourbillon-iam-ledger'),
    ),
    allow('StartRotationFunctions', ['lambda:InvokeFunction'], own('lambda', 'function:SecretsManager*')),
    allow(
      'RunHooks',
      ['lambda:InvokeFunction'],
      'arn:aws:lambda:us-east-1:123456789012:function:smoke-test:live',
      own('lambda', 'function:refresh-cache'),
    ),
    allow('StartParts', ['lambda:InvokeFunction'], own('lambda', 'function:tourbillon-iam-rotate:live')),
    allow('GiveUpFailedEvents', ['sqs:SendMessage'], DEAD_LETTERS),
    PUT_EVENTS,
    TELL_PEOPLE,
    DENY,
  ],
  RotateNowRole: [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', 'log-group:/aws/lambda/tourbillon-iam-rotateNow:*'),
    ),
    {
      ...allow(
        'KeepRequests',
        ['dynamodb:GetItem', 'dynamodb:PutItem'],
        own('dynamodb', 'table/tourbillon-iam-ledger'),
      ),
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['request#*'] } },
    },
    allow(
      'StartOrchestrator',
      ['lambda:InvokeFunction'],
      own('lambda', 'function:tourbillon-iam-rotate:live'),
    ),
    DENY,
  ],
  AuditRole: [
    ...watches('audit'),
    allow(
      'StartOrchestrator',
      ['lambda:InvokeFunction'],
      own('lambda', 'function:tourbillon-iam-rotate:live'),
    ),
    PUT_EVENTS,
    TELL_PEOPLE,
    DENY,
  ],
  ObserveRole: [...watches('observe'), PUT_EVENTS, TELL_PEOPLE, DENY],
  SchedulerRole: [
    allow(
      'StartOrchestrator',
      ['lambda:InvokeFunction'],
      own('lambda', 'function:tourbillon-iam-rotate:live'),
    ),
    allow('GiveUpUndelivered', ['sqs:SendMessage'], DEAD_LETTERS),
    DENY,
  ],
  DescribeSecretsPolicy1: [
    allow(
      'DescribeConfiguredSecrets',
      ['secretsmanager:DescribeSecret'],
      ARN,
      own('secretsmanager', 'secret:iam/orders/db-??????'),
      own('secretsmanager', 'secret:iam/reports/db-??????'),
    ),
  ],
  RotateSecretsPolicy1: [
    allow(
      'RotateConfiguredSecrets',
      ['secretsmanager:RotateSecret', 'secretsmanager:DescribeSecret'],
      ARN,
      own('secretsmanager', 'secret:iam/orders/db-??????'),
      own('secretsmanager', 'secret:iam/reports/db-??????'),
    ),
  ],
}

describe('permissions in the packaged template', () => {
  it('are these, and no others', () => {
    const granting = Object.entries(resources).filter(([, { Type }]) => Type.startsWith('AWS::IAM::'))
    expect(granting.map(([id]) => id).sort()).toEqual(Object.keys(ALLOWED).sort())
    for (const [id, resource] of granting)
      expect({ [id]: statementsOf(resource) }).toEqual({ [id]: ALLOWED[id] })
  })

  it('let nobody but Lambda and this group’s schedules use the roles', () => {
    const trust = (id: string) => resources[id]?.Properties.AssumeRolePolicyDocument
    const lambda = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }
    for (const id of ['RotateRole', 'RotateNowRole', 'AuditRole', 'ObserveRole'])
      expect(trust(id)).toEqual({ Version: '2012-10-17', Statement: [lambda] })
    expect(trust('SchedulerRole')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': own('scheduler', 'schedule-group/tourbillon-iam'),
            },
          },
        },
      ],
    })
  })

  it('come by no other way: one role a function, and who may call: the audit’s rule, the observer’s', () => {
    const roles = Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties.Role)
    expect(roles).toEqual([
      { 'Fn::GetAtt': ['RotateRole', 'Arn'] },
      { 'Fn::GetAtt': ['RotateNowRole', 'Arn'] },
      { 'Fn::GetAtt': ['AuditRole', 'Arn'] },
      { 'Fn::GetAtt': ['ObserveRole', 'Arn'] },
    ])
    expect(resources.RotateRole?.Properties.ManagedPolicyArns).toEqual([{ Ref: 'RotateSecretsPolicy1' }])
    expect(resources.RotateNowRole?.Properties.ManagedPolicyArns).toBeUndefined()
    const policies = Object.entries(resources).filter(([, { Type }]) => /Policy|Permission/.test(Type))
    expect(policies.map(([id]) => id).sort()).toEqual([
      'AuditLambdaPermissionEventsRuleSchedule1',
      'DescribeSecretsPolicy1',
      'ObserveEventBridgeLambdaPermission1',
      'RotateSecretsPolicy1',
      'RunEndsPermission',
      'ServerlessDeploymentBucketPolicy',
    ])
    const callers = policies.filter(([, { Type }]) => Type === 'AWS::Lambda::Permission')
    for (const [, { Properties }] of callers) {
      expect(Properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' })
      // One rule's, not any rule's of whatever account.
      expect(JSON.stringify(Properties.SourceArn)).toMatch(/Rule|rule/)
    }
  })
})

function watches(name: string): Statement[] {
  return [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', `log-group:/aws/lambda/tourbillon-iam-${name}:*`),
    ),
    allow(
      'KeepLedger',
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      own('dynamodb', 'table/tourbillon-iam-ledger'),
    ),
    allow('QueryLedger', ['dynamodb:Query'], own('dynamodb', 'table/tourbillon-iam-ledger/index/*')),
  ]
}

function allow(Sid: string, Action: string[], ...Resource: unknown[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource }
}

function own(service: string, resource: string): { 'Fn::Sub': string } {
  return { 'Fn::Sub': `${OWN.replace('SERVICE', service)}:${resource}` }
}

function statementsOf({ Properties }: Resource): Statement[] {
  const inline = (Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[]
  const managed = Properties.PolicyDocument as { Statement: Statement[] } | undefined
  return [...inline.flatMap((policy) => policy.PolicyDocument.Statement), ...(managed?.Statement ?? [])]
}
