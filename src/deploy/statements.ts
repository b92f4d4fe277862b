import { EVENT_SOURCE } from '../model/resource-names.ts'
import type { Selector } from '../model/selector.ts'
import { type Json, ownArn } from './template.ts'

export type Statement = {
  Sid: string
  Effect: 'Allow' | 'Deny'
  Action: string[]
  Resource: Json[]
  Condition?: Json
}

/**
 * What no part of Tourbillon may ever do, whatever another policy of the account allows: read a secret's value.
 * Success is seen in DescribeSecret's staging labels, so nothing ever needs to.
 */
export const NEVER_READ_SECRETS: Statement = {
  Sid: 'NeverReadSecrets',
  Effect: 'Deny',
  Action: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  Resource: ['*'],
}

const DESCRIBE = ['secretsmanager:DescribeSecret']
const ROTATE = ['secretsmanager:RotateSecret', ...DESCRIBE]

/** Exactly these secrets, by ARN or by name. */
export function rotateSecrets(resources: Json[]): Statement {
  return { Sid: 'RotateConfiguredSecrets', Effect: 'Allow', Action: ROTATE, Resource: resources }
}

/** To see how they stand, and nothing else. */
export function describeSecrets(resources: Json[]): Statement {
  return { Sid: 'DescribeConfiguredSecrets', Effect: 'Allow', Action: DESCRIBE, Resource: resources }
}

/**
 * The secrets that a selector can choose, and only those: its prefix in the ARN, its tags as conditions.
 * Source: Secrets Manager User Guide, auth-and-access_tags.
 */
export function rotateSelected(n: number, { prefix = '', tags = {} }: Selector, region?: string): Statement {
  const conditions = Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])
  return {
    Sid: `RotateSelectedSecrets${n}`,
    Effect: 'Allow',
    Action: ROTATE,
    Resource: [ownArn('secretsmanager', `secret:${prefix}*`, region)],
    ...(conditions.length > 0 && { Condition: { StringEquals: Object.fromEntries(conditions) } }),
  }
}

/** Like `rotateSelected`, to see how they stand and nothing else. */
export function describeSelected(n: number, selector: Selector, region?: string): Statement {
  return { ...rotateSelected(n, selector, region), Sid: `DescribeSelectedSecrets${n}`, Action: DESCRIBE }
}

/** To resolve a selector. It shows names and tags, never values; IAM knows no resource for it. */
export const LIST_SECRETS: Statement = {
  Sid: 'ListSecrets',
  Effect: 'Allow',
  Action: ['secretsmanager:ListSecrets'],
  Resource: ['*'],
}

/** Exactly these roles of other accounts, whose trust policies must agree: see docs/accounts.md. */
export function assumeRoles(roles: Json[]): Statement {
  return { Sid: 'AssumeMemberRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: roles }
}

/** Source: Service Authorization Reference, AWS Systems Manager: the resource is the calendar's document. */
export function readCalendars(calendars: string[]): Statement {
  return {
    Sid: 'AskChangeCalendars',
    Effect: 'Allow',
    Action: ['ssm:GetCalendarState'],
    Resource: calendars.map((name) => (name.startsWith('arn:') ? name : ownArn('ssm', `document/${name}`))),
  }
}

/** Source: Lambda Developer Guide, monitoring-cloudwatchlogs. The log group itself is the stack's. */
export function writeLogs(functionName: string): Statement {
  return {
    Sid: 'WriteOwnLogs',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: [ownArn('logs', `log-group:/aws/lambda/${functionName}:*`)],
  }
}

/** Checkpoints of the function's own executions, in whichever version. Source: Lambda Developer Guide, durable-security. */
export function checkpoint(functionName: string): Statement {
  return {
    Sid: 'CheckpointOwnExecutions',
    Effect: 'Allow',
    Action: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
    Resource: [ownArn('lambda', `function:${functionName}:*`)],
  }
}

/** What src/ledger sends for claims, transitions, waves and holds; the indexes are the commands' to read. */
export function keepLedger(table: string): Statement {
  return {
    Sid: 'KeepLedger',
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    Resource: [ownArn('dynamodb', `table/${table}`)],
  }
}

/** To keep what is asked for on demand under its id, and nothing else of the ledger: keys that begin so. */
export function keepRequests(table: string): Statement {
  return {
    Sid: 'KeepRequests',
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    Resource: [ownArn('dynamodb', `table/${table}`)],
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['request#*'] } },
  }
}

/** What the audit and the observer read: what is unsettled, and histories by secret, schedule and day. */
export function queryLedger(table: string): Statement {
  return {
    Sid: 'QueryLedger',
    Effect: 'Allow',
    Action: ['dynamodb:Query'],
    Resource: [ownArn('dynamodb', `table/${table}/index/*`)],
  }
}

export function invoke(sid: string, resources: Json[]): Statement {
  return { Sid: sid, Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: resources }
}

export function sendTo(sid: string, queue: Json): Statement {
  return { Sid: sid, Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [queue] }
}

/**
 * Events of ours, and under no other name, on the default bus.
 * Source: EventBridge User Guide, eb-use-conditions, events:source.
 */
export const PUT_EVENTS: Statement = {
  Sid: 'Announce',
  Effect: 'Allow',
  Action: ['events:PutEvents'],
  Resource: [ownArn('events', 'event-bus/default')],
  Condition: { StringEquals: { 'events:source': EVENT_SOURCE } },
}

/** Texts for people, by one channel. */
export function notifyBy(
  { sid, actions }: { sid: string; actions: readonly string[] },
  addresses: Json[],
): Statement {
  return { Sid: sid, Effect: 'Allow', Action: [...actions], Resource: addresses }
}

/**
 * A function in a VPC makes and removes its own network interfaces; EC2 knows no resource for most of these calls.
 * Source: Lambda Developer Guide, configuration-vpc, "Required IAM permissions".
 */
export const USE_NETWORK_INTERFACES: Statement = {
  Sid: 'UseNetworkInterfaces',
  Effect: 'Allow',
  Action: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: ['*'],
}

/** A function's name, `name*`, `name:alias`, or ARN, as an IAM resource. */
export function functionResource(nameOrArn: string, region?: string): Json {
  return nameOrArn.startsWith('arn:') ? nameOrArn : ownArn('lambda', `function:${nameOrArn}`, region)
}
