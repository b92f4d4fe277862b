import type { Resource } from '../../src/deploy/template.ts'

const OWN = `arn:\${AWS::Partition}:SERVICE:\${AWS::Region}:\${AWS::AccountId}`
export const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:billing/db-Ab12Cd'

type Statement = { Sid: string; Effect: string; Action: string[]; Resource: unknown[]; Condition?: unknown }

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

const START_HANDOVER = allow(
  'StartHandover',
  ['lambda:InvokeFunction'],
  own('lambda', 'function:tourbillon-prod-handover:live'),
)

/** Every permission of the stack, word by word: whoever widens one has to say so here. */
export const ALLOWED: Record<string, Statement[]> = {
  RotateRole: [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', 'log-group:/aws/lambda/tourbillon-prod-rotate:*'),
    ),
    allow(
      'CheckpointOwnExecutions',
      ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
      own('lambda', 'function:tourbillon-prod-rotate:*'),
    ),
    allow(
      'KeepLedger',
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      own('dynamodb', 'table/tourbillon-prod-ledger'),
    ),
    allow('StartRotationFunctions', ['lambda:InvokeFunction'], own('lambda', 'function:SecretsManager*')),
    allow(
      'RunHooks',
      ['lambda:InvokeFunction'],
      'arn:aws:lambda:us-east-1:123456789012:function:smoke-test:live',
      own('lambda', 'function:refresh-cache'),
    ),
    allow('StartParts', ['lambda:InvokeFunction'], own('lambda', 'function:tourbillon-prod-rotate:live')),
    allow('GiveUpFailedEvents', ['sqs:SendMessage'], DEAD_LETTERS),
    START_HANDOVER,
    PUT_EVENTS,
    TELL_PEOPLE,
    DENY,
  ],
  RotateNowRole: [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', 'log-group:/aws/lambda/tourbillon-prod-rotateNow:*'),
    ),
    {
      ...allow(
        'KeepRequests',
        ['dynamodb:GetItem', 'dynamodb:PutItem'],
        own('dynamodb', 'table/tourbillon-prod-ledger'),
      ),
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['request#*', 'caller#*'] } },
    },
    allow(
      'StartOrchestrator',
      ['lambda:InvokeFunction'],
      own('lambda', 'function:tourbillon-prod-rotate:live'),
    ),
    DENY,
  ],
  AuditRole: [
    ...watches('audit'),
    allow(
      'StartOrchestrator',
      ['lambda:InvokeFunction'],
      own('lambda', 'function:tourbillon-prod-rotate:live'),
    ),
    START_HANDOVER,
    PUT_EVENTS,
    TELL_PEOPLE,
    DENY,
  ],
  HandoverRole: [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', 'log-group:/aws/lambda/tourbillon-prod-handover:*'),
    ),
    allow(
      'CheckpointOwnExecutions',
      ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
      own('lambda', 'function:tourbillon-prod-handover:*'),
    ),
    ...watches('handover').slice(1),
    allow(
      'RefreshServices',
      ['ecs:DescribeServices', 'ecs:UpdateService'],
      own('ecs', 'service/shop/orders-api'),
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
      own('lambda', 'function:tourbillon-prod-rotate:live'),
    ),
    allow('GiveUpUndelivered', ['sqs:SendMessage'], DEAD_LETTERS),
    DENY,
  ],
  DescribeSecretsPolicy1: [
    allow(
      'DescribeConfiguredSecrets',
      ['secretsmanager:DescribeSecret'],
      ARN,
      own('secretsmanager', 'secret:prod/orders/db-??????'),
      own('secretsmanager', 'secret:prod/reports/db-??????'),
    ),
  ],
  RotateSecretsPolicy1: [
    allow(
      'RotateConfiguredSecrets',
      ['secretsmanager:RotateSecret', 'secretsmanager:DescribeSecret'],
      ARN,
      own('secretsmanager', 'secret:prod/orders/db-??????'),
      own('secretsmanager', 'secret:prod/reports/db-??????'),
    ),
  ],
}

function watches(name: string): Statement[] {
  return [
    allow(
      'WriteOwnLogs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', `log-group:/aws/lambda/tourbillon-prod-${name}:*`),
    ),
    allow(
      'KeepLedger',
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      own('dynamodb', 'table/tourbillon-prod-ledger'),
    ),
    allow('QueryLedger', ['dynamodb:Query'], own('dynamodb', 'table/tourbillon-prod-ledger/index/*')),
  ]
}

function allow(Sid: string, Action: string[], ...Resource: unknown[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource }
}

export function own(service: string, resource: string): { 'Fn::Sub': string } {
  return { 'Fn::Sub': `${OWN.replace('SERVICE', service)}:${resource}` }
}

export function statementsOf({ Properties }: Resource): Statement[] {
  const inline = (Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[]
  const managed = Properties.PolicyDocument as { Statement: Statement[] } | undefined
  return [...inline.flatMap((policy) => policy.PolicyDocument.Statement), ...(managed?.Statement ?? [])]
}
