import { AUTOMATION_PERMISSIONS } from '../aws/automations.ts'
import { CALENDAR_PERMISSIONS } from '../aws/change-calendars.ts'
import { CHANNELS } from '../aws/channels.ts'
import { ECS_PERMISSIONS } from '../aws/ecs-services.ts'
import { EVENT_BUS_PERMISSIONS } from '../aws/event-bus.ts'
import { HISTORY_PERMISSIONS } from '../aws/event-history.ts'
import { HOOK_PERMISSIONS } from '../aws/invoke-hook.ts'
import { actionsOn } from '../aws/permission.ts'
import { PLACE_PERMISSIONS } from '../aws/places.ts'
import { NEVER_ALLOWED, SECRETS_PERMISSIONS } from '../aws/secrets.ts'
import { START_PERMISSIONS } from '../aws/start-execution.ts'
import type { Config } from '../config/config.ts'
import type { StageSettings } from '../config/stage-settings.ts'
import { CALLER_KEYS } from '../ledger/callers.ts'
import { READERS_PREFIX } from '../ledger/readers.ts'
import { TABLE_ACTIONS } from '../ledger/table.ts'
import type { Consumer } from '../model/consumers.ts'
import { handsOver } from '../model/handover.ts'
import { allHooks } from '../model/hooks.ts'
import { EVENT_SOURCE, type ResourceNames } from '../model/resource-names.ts'
import type { Selector } from '../model/selector.ts'
import { memberRoles, ownRegions, ownSchedules } from './places.ts'
import { attribute, IDS, type Json, ownArn, ref } from './template.ts'

export type Statement = {
  Sid: string
  Effect: 'Allow' | 'Deny'
  Action: string[]
  Resource: Json[]
  Condition?: Json
}

/** What no part of Tourbillon may ever do, whatever another policy of the account allows: read a secret's value. */
export const NEVER_READ_SECRETS: Statement = {
  Sid: 'NeverReadSecrets',
  Effect: 'Deny',
  Action: NEVER_ALLOWED,
  Resource: ['*'],
}

/**
 * A function in a VPC makes and removes its own network interfaces; EC2 knows no resource for most of these calls.
 * Source: Lambda Developer Guide, configuration-vpc, "Required IAM permissions".
 */
export const USE_NETWORK_INTERFACES: Statement = allow(
  'UseNetworkInterfaces',
  [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  ['*'],
)

/**
 * The stage's own key, where it has one: `Decrypt` for the table and a function's environment, `GenerateDataKey` for what
 * is sent to queue and topic. Logs ask for nothing of a role: CloudWatch uses the key by its policy.
 * Source: DynamoDB Developer Guide, encryption.usagenotes; SQS Developer Guide, sqs-key-management; SNS Developer Guide,
 * sns-key-management; Lambda Developer Guide, configuration-envvars-encryption.
 */
export function useKeyOf({ kmsKeyArn }: Pick<StageSettings, 'kmsKeyArn'>): Statement[] {
  return kmsKeyArn === undefined
    ? []
    : [allow('UseStageKey', ['kms:Decrypt', 'kms:GenerateDataKey'], [kmsKeyArn])]
}

/** Source: Lambda Developer Guide, monitoring-cloudwatchlogs. The log group itself is the stack's. */
export function writeLogs(functionName: string): Statement {
  const group = ownArn('logs', `log-group:/aws/lambda/${functionName}:*`)
  return allow('WriteOwnLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [group])
}

/** Exactly these secrets, by ARN or by name: to rotate them, or only to see how they stand. */
export function configuredSecrets(verb: Verb, resources: Json[]): Statement {
  return allow(`${verb}ConfiguredSecrets`, SECRET_ACTIONS[verb], resources)
}

export type Verb = 'Rotate' | 'Describe'

const SECRET_ACTIONS = {
  Rotate: actionsOn('secret', SECRETS_PERMISSIONS),
  Describe: actionsOn('secret', SECRETS_PERMISSIONS, { looking: true }),
}

/** Statements on what is the stage's own: its table, queue, orchestrator. */
export function ownStatements({
  ledgerTable,
  rotateFunction,
  rotateAlias,
  readsQueue,
  handoverFunction,
  handoverAlias,
}: ResourceNames) {
  const table = ownArn('dynamodb', `table/${ledgerTable}`)
  const start = (sid: string) =>
    allow(sid, actionsOn('orchestrator', START_PERMISSIONS), [ownArn('lambda', `function:${rotateAlias}`)])
  // Lambda and Scheduler send it, by the role.
  const giveUp = (sid: string) => allow(sid, ['sqs:SendMessage'], [attribute(IDS.deadLetters, 'Arn')])
  return {
    startOrchestrator: start('StartOrchestrator'),
    /** A large wave runs in parts, each an execution of its own. */
    startParts: start('StartParts'),
    giveUpEvents: giveUp('GiveUpFailedEvents'),
    giveUpUndelivered: giveUp('GiveUpUndelivered'),
    startHandover: allow('StartHandover', actionsOn('orchestrator', START_PERMISSIONS), [
      ownArn('lambda', `function:${handoverAlias}`),
    ]),
    checkpoint: checkpoint(rotateFunction),
    checkpointHandover: checkpoint(handoverFunction),
    /** Claims, transitions, waves and holds. */
    keepLedger: allow('KeepLedger', TABLE_ACTIONS.keep, [table]),
    /** What is unsettled, and histories by secret, schedule and day. */
    queryLedger: allow('QueryLedger', TABLE_ACTIONS.query, [
      ownArn('dynamodb', `table/${ledgerTable}/index/*`),
    ]),
    /** Who reads which secret, and nothing else of the ledger. */
    keepReaders: allow('KeepReaders', TABLE_ACTIONS.readers, [table], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${READERS_PREFIX}*`] },
    }),
    /** Lambda takes them from the queue, by the role. Source: Lambda Developer Guide, with-sqs. */
    takeReads: allow(
      'TakeReads',
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      [ownArn('sqs', readsQueue)],
    ),
    /** IAM knows no resource for it: all of the account's history, of this region. */
    askHistory: allow('AskHistory', actionsOn('any', HISTORY_PERMISSIONS), ['*']),
    /** What is asked for on demand, under its id, who asked, and nothing else of the ledger. */
    keepRequests: allow('KeepRequests', TABLE_ACTIONS.request, [table], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['request#*', `${CALLER_KEYS}*`] },
    }),
  }
}

/** Of its own executions, in whichever version. Source: Lambda Developer Guide, durable-security. */
function checkpoint(functionName: string): Statement {
  return allow(
    'CheckpointOwnExecutions',
    ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
    [ownArn('lambda', `function:${functionName}:*`)],
  )
}

/** Exactly the services, runbooks and functions that the config names as consumers: to start, and to see how that goes. */
function refreshStatements(schedules: Config['schedules']): Statement[] {
  const consumers = schedules.flatMap(({ consumers = [] }) => consumers)
  const named = (kind: Consumer['kind']) =>
    sorted(consumers.filter((it) => it.kind === kind).map(({ name }) => name))
  const runbooks = named('ssm')
  return [
    ...allowAny(
      'RefreshServices',
      actionsOn('ECS service', ECS_PERMISSIONS),
      named('ecs').map((name) => ownArn('ecs', `service/${name}`)),
    ),
    ...allowAny(
      'StartRunbooks',
      actionsOn('runbook', AUTOMATION_PERMISSIONS),
      runbooks.flatMap(runbookResources),
    ),
    ...allowAny(
      'FollowRunbooks',
      [
        ...actionsOn('runbook', AUTOMATION_PERMISSIONS),
        ...actionsOn('automation execution', AUTOMATION_PERMISSIONS),
      ],
      runbooks.length > 0 ? [ownArn('ssm', 'automation-execution/*')] : [],
    ),
    ...allowAny(
      'CallRefreshFunctions',
      actionsOn('hook', HOOK_PERMISSIONS),
      named('invoke').map((name) => functionResource(name)),
    ),
  ]
}

/** The document, and as an automation definition, which older policies grant. */
function runbookResources(nameOrArn: string): Json[] {
  const name = nameOrArn.replace(/^arn:.*:document\//, '')
  return [
    nameOrArn.startsWith('arn:') ? nameOrArn : ownArn('ssm', `document/${name}`),
    ownArn('ssm', `automation-definition/${name}:*`),
  ]
}

/** Statements on what the config names. */
export function configuredStatements(
  config: Config,
  { rotationFunctions }: Pick<StageSettings, 'rotationFunctions'>,
) {
  const { schedules } = config
  const functions = ownRegions(config).flatMap((region) =>
    rotationFunctions
      .filter((name) => region === undefined || !name.startsWith('arn:'))
      .map((name) => functionResource(name, region)),
  )
  const hooks = schedules.flatMap(allHooks)
  const selectors = ownSchedules(config).flatMap(({ select, place }) =>
    select ? [{ select, region: place?.region }] : [],
  )
  const selected = (verb: Verb) =>
    selectors.map(({ select, region }, index) => selectedSecrets(verb, index + 1, select, region))
  return {
    rotationFunctions: allowAny(
      'StartRotationFunctions',
      actionsOn('rotation function', SECRETS_PERMISSIONS),
      functions,
    ),
    runHooks: allowAny(
      'RunHooks',
      actionsOn('hook', HOOK_PERMISSIONS),
      sorted(hooks.map(({ invoke }) => invoke)).map((hook) => functionResource(hook)),
    ),
    /** Nothing where there is nobody to hand over to: then there is no such function, nor role. */
    refresh: handsOver(config) ? refreshStatements(schedules) : undefined,
    listSecrets: allowAny(
      'ListSecrets',
      actionsOn('any', SECRETS_PERMISSIONS),
      selectors.length > 0 ? ['*'] : [],
    ),
    rotateSelected: selected('Rotate'),
    describeSelected: selected('Describe'),
    askCalendars: allowAny(
      'AskChangeCalendars',
      actionsOn('Change Calendar', CALENDAR_PERMISSIONS),
      sorted(schedules.flatMap(({ changeCalendars = [] }) => changeCalendars)).map(calendarResource),
    ),
    /** Exactly these roles of other accounts, whose trust policies must agree: see docs/accounts.md. */
    assumeMembers: allowAny(
      'AssumeMemberRoles',
      actionsOn('member role', PLACE_PERMISSIONS),
      memberRoles(config),
    ),
    notify: [putEvents, ...notifyBy(schedules)],
  }
}

/**
 * The secrets that a selector can choose, and only those: its prefix in the ARN, its tags as conditions.
 * Source: Secrets Manager User Guide, auth-and-access_tags.
 */
function selectedSecrets(verb: Verb, n: number, { prefix = '', tags = {} }: Selector, region?: string) {
  const conditions = Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])
  return allow(
    `${verb}SelectedSecrets${n}`,
    SECRET_ACTIONS[verb],
    [ownArn('secretsmanager', `secret:${prefix}*`, region)],
    conditions.length > 0 ? { StringEquals: Object.fromEntries(conditions) } : undefined,
  )
}

/**
 * Events of ours, and under no other name, on the default bus.
 * Source: EventBridge User Guide, eb-use-conditions, events:source.
 */
const putEvents = allow(
  'Announce',
  actionsOn('event bus', EVENT_BUS_PERMISSIONS),
  [ownArn('events', 'event-bus/default')],
  { StringEquals: { 'events:source': EVENT_SOURCE } },
)

/** Texts for people by each channel that asks IAM for something: to the stage's topic, and to whom the config names. */
function notifyBy(schedules: Config['schedules']): Statement[] {
  return CHANNELS.filter(({ actions }) => actions.length > 0).flatMap(({ name, sid, actions, ownTopic }) => {
    const named = sorted(schedules.flatMap(({ notify }) => notify?.[name] ?? []))
    const arns = named.map((it) => (it.startsWith('arn:') ? it : ownArn(name, it)))
    return allowAny(sid, [...actions], [...(ownTopic ? [ref(IDS.alerts)] : []), ...arns])
  })
}

export function allow(Sid: string, Action: string[], Resource: Json[], Condition?: Json): Statement {
  return { Sid, Effect: 'Allow', Action, Resource, ...(Condition !== undefined && { Condition }) }
}

/** Nothing where there is nothing to allow it on. */
function allowAny(sid: string, actions: string[], resources: Json[]): Statement[] {
  return resources.length > 0 ? [allow(sid, actions, resources)] : []
}

/** The calendar's document. */
function calendarResource(nameOrArn: string): Json {
  return nameOrArn.startsWith('arn:') ? nameOrArn : ownArn('ssm', `document/${nameOrArn}`)
}

/** A function's name, `name*`, `name:alias`, or ARN, as an IAM resource. */
function functionResource(nameOrArn: string, region?: string): Json {
  return nameOrArn.startsWith('arn:') ? nameOrArn : ownArn('lambda', `function:${nameOrArn}`, region)
}

function sorted(names: string[]): string[] {
  return [...new Set(names)].sort()
}
