import type { Config } from '../../config/config.ts'
import type { StageSettings } from '../../config/stage-settings.ts'
import { watchesReads } from '../../model/adoption.ts'
import { namesOf } from '../../model/resource-names.ts'
import { allow, type Statement } from '../statements.ts'
import { type Json, ownArn, type Resource, type Resources, sub } from '../template.ts'
import { ANYWHERE, TYPES, type TypeRow } from './resource-types.ts'
import { readTableWith, roleArn } from './targets.ts'

export type Deploy = {
  config: Config
  settings: Pick<StageSettings, 'kmsKeyArn' | 'permissionsBoundary'>
  /** Of the whole stack, osls' too; of osls' the names of properties are enough. */
  resources: Resources
  /** `service-stage`, as osls names it. */
  stack: string
}

/** What osls calls, and our plugin, by whoever deploys. */
export function callerStatements({ config, settings, stack }: Deploy): Statement[] {
  const { ledgerTable, auditFunction } = namesOf(config.stage)
  const bucket = bucketArn(stack)
  return [
    allow('Stack', CHANGES_OF_THE_STACK, [ownArn('cloudformation', `stack/${stack}/*`)]),
    allow('CheckTemplates', ['cloudformation:ValidateTemplate'], ['*']),
    allow('ListPackages', ['s3:ListBucket'], [bucket]),
    allow('KeepPackages', ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [within(bucket)]),
    allow('CompareFunctions', ['lambda:GetFunction'], ownFunctions(config)),
    // Our plugin: rotations under way that lose their rights; the audit, which runs as a deploy ends.
    allow('SeeRotations', ['dynamodb:Query'], [ownArn('dynamodb', `table/${ledgerTable}/index/*`)]),
    ...readTableWith(settings),
    allow('StartAudit', ['lambda:InvokeFunction'], [ownArn('lambda', `function:${auditFunction}`)]),
  ]
}

/**
 * What osls 4.3.1 was seen to call (decision 0152). Every stack of its has tags (`STAGE`), which CloudFormation gives to
 * the resources.
 */
const CHANGES_OF_THE_STACK = [
  ...['CreateChangeSet', 'DeleteChangeSet', 'DeleteStack', 'DescribeChangeSet', 'DescribeStackEvents'],
  ...['DescribeStackResource', 'DescribeStacks', 'ExecuteChangeSet', 'ListStackResources', 'TagResource'],
].map((action) => `cloudformation:${action}`)

/** What CloudFormation does with the stack's resources: by the rights of whoever deploys, or of a service role. */
export function stackStatements(deploy: Deploy): Statement[] {
  return [
    ...resourceStatements({
      ...deploy,
      resourcesOf: (type) => resourcesOf(type, deploy),
      attachable: policyArns(deploy),
    }),
    allow('ReadPackages', ['s3:GetObject'], [within(bucketArn(deploy.stack))]),
    ...passing(deploy),
  ]
}

/** Resources of a stack, and what they are to IAM. */
type Made = Pick<Deploy, 'resources' | 'settings'> & {
  /** Those of one type. */
  resourcesOf(type: string): Json[]
  /** Policies that its roles may have. */
  attachable?: Json[]
  types?: Record<string, TypeRow>
}

/**
 * What CloudFormation does with resources, by what they are to IAM.
 * @throws Error for a resource type or property that is not in `types`
 */
export function resourceStatements(made: Made): Statement[] {
  const groups = new Map<string, { types: Set<string>; resources: Json[]; actions: Set<string> }>()
  const note = (type: string, resources: Json[], actions: string[]) => {
    if (actions.length === 0) return
    const key = JSON.stringify(resources)
    const group = groups.get(key) ?? { types: new Set(), resources, actions: new Set() }
    group.types.add(type)
    for (const action of actions) group.actions.add(action)
    groups.set(key, group)
  }
  for (const [type, actions] of actionsByType(made.resources, made.types ?? TYPES)) {
    const key = actions.filter((it) => it.startsWith('kms:'))
    const anywhere = actions.filter((it) => ANYWHERE.includes(it))
    const own = actions.filter((it) => !key.includes(it) && !anywhere.includes(it))
    note('UseKey', [made.settings.kmsKeyArn ?? ''], key)
    note('Look', ['*'], anywhere)
    note(type, made.resourcesOf(type), own)
  }
  return [...groups.values()].flatMap(({ types, resources, actions }) =>
    bounded(sidOf([...types]), [...actions].sort(), resources, made),
  )
}

/** One type, or the service whose types are the same resources to IAM. */
function sidOf([type = '', ...more]: string[]): string {
  const [, service, name] = type.split('::')
  return service === undefined ? type : `${service}${more.length > 0 ? '' : name}`
}

/** Each type of the resources, with the actions that its properties ask for. */
function actionsByType(resources: Resources, types: Record<string, TypeRow>): Map<string, string[]> {
  const found = new Map<string, Set<string>>()
  for (const [id, resource] of Object.entries(resources)) {
    const all = found.get(resource.Type) ?? new Set()
    for (const action of actionsOf(id, resource, types)) all.add(action)
    found.set(resource.Type, all)
  }
  return new Map([...found].map(([type, actions]) => [type, [...actions].sort()]))
}

function actionsOf(
  id: string,
  { Type, Properties = {} }: Resource,
  types: Record<string, TypeRow>,
): string[] {
  const row = types[Type]
  if (!row) throw new Error(`${id}: what does CloudFormation do with ${Type}? (resource-types.ts)`)
  const more = propertiesOf(Properties).map((name) => {
    const actions = row.properties[name]
    if (actions === undefined && !name.includes('.'))
      throw new Error(`${id}: what does ${name} of ${Type} ask for? (resource-types.ts)`)
    return actions ?? ''
  })
  return [row.actions, ...more].join(' ').split(' ').filter(Boolean)
}

/** Names, and those one level below: `SSESpecification.KMSMasterKeyId`. */
function propertiesOf(properties: Resource['Properties']): string[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const inner =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
    return [name, ...inner.map((it) => `${name}.${it}`)]
  })
}

/** The resources of one type, as IAM knows them. */
function resourcesOf(type: string, deploy: Deploy): Json[] {
  const { config, resources, stack } = deploy
  const names = namesOf(config.stage)
  const all = Object.entries(resources).filter(([, { Type }]) => Type === type)
  const named = [...new Set(all.map(([id, it]) => physicalName(id, it, stack)))].sort()
  switch (type) {
    case 'AWS::CloudWatch::Alarm':
      // By their common beginning: a newer release may have another alarm.
      return [ownArn('cloudwatch', `alarm:${names.scheduleGroup}-*`)]
    case 'AWS::CloudWatch::Dashboard':
      return named.map((name) => ownArn('cloudwatch', `dashboard/${name}`, ''))
    case 'AWS::DynamoDB::Table':
      return named.map((name) => ownArn('dynamodb', `table/${name}`))
    case 'AWS::Events::Rule':
      return named.map((name) => ownArn('events', `rule/${name}`))
    case 'AWS::IAM::ManagedPolicy':
      return policyArns(deploy)
    case 'AWS::IAM::Role':
      return named.map(roleArn)
    case 'AWS::Logs::LogGroup':
    case 'AWS::Logs::MetricFilter':
      return functionNames(config).flatMap((name) =>
        ['', ':*'].map((end) => ownArn('logs', `log-group:/aws/lambda/${name}${end}`)),
      )
    case 'AWS::S3::Bucket':
    case 'AWS::S3::BucketPolicy':
      return [bucketArn(stack)]
    case 'AWS::SNS::Topic':
    case 'AWS::SNS::TopicPolicy':
    case 'AWS::SNS::Subscription':
      return [ownArn('sns', names.alertTopic)]
    case 'AWS::SQS::Queue':
      return named.map((name) => ownArn('sqs', name))
    case 'AWS::SQS::QueuePolicy':
      return [ownArn('sqs', names.readsQueue)]
    case 'AWS::Lambda::EventSourceMapping':
      return [ownArn('lambda', 'event-source-mapping:*')]
    case 'AWS::Scheduler::Schedule':
      return [ownArn('scheduler', `schedule/${names.scheduleGroup}/*`)]
    case 'AWS::Scheduler::ScheduleGroup':
      return named.map((name) => ownArn('scheduler', `schedule-group/${name}`))
    default:
      if (type.startsWith('AWS::Lambda::')) return ownFunctions(config)
      throw new Error(`which resources are of type ${type}, for IAM?`)
  }
}

/** As given, or as CloudFormation makes it: stack, logical id, random characters; where that is too long it cuts both. */
function physicalName(id: string, { Type, Properties }: Resource, stack: string): string {
  const given = Properties[TYPES[Type]?.name ?? '']
  return typeof given === 'string' ? given : generatedName(id, stack)
}

/** IAM takes 64 characters of a role's name, S3 63 of a bucket's; a hyphen and 12 or 13 of them are CloudFormation's. */
const MOST_NAME = 63

function generatedName(id: string, stack: string): string {
  if (`${stack}-${id}-`.length + 13 <= MOST_NAME) return `${stack}-${id}-*`
  return `${stack.slice(0, 24)}*`
}

function bucketArn(stack: string): Json {
  return sub(
    `arn:\${AWS::Partition}:s3:::${generatedName('ServerlessDeploymentBucket', stack).toLowerCase()}`,
  )
}

function within(bucket: Json): Json {
  return sub(`${(bucket as { 'Fn::Sub': string })['Fn::Sub']}/*`)
}

/** With their versions and aliases. */
function ownFunctions(config: Config): Json[] {
  return functionNames(config).flatMap((name) => [
    ownArn('lambda', `function:${name}`),
    ownArn('lambda', `function:${name}:*`),
  ])
}

/** `handover` whether or not there is one yet: the config that first names a consumer is deployed by the same people. */
function functionNames(config: Config): string[] {
  const {
    rotateFunction,
    rotateNowFunction,
    auditFunction,
    observeFunction,
    readsFunction,
    handoverFunction,
  } = namesOf(config.stage)
  const always = [rotateFunction, rotateNowFunction, auditFunction, observeFunction, handoverFunction]
  return watchesReads(config) ? [...always, readsFunction] : always
}

/** However many it takes: their logical ids end in a number. */
function policyArns({ stack }: Deploy): Json[] {
  return ['RotateSecretsPolicy', 'DescribeSecretsPolicy'].map((id) =>
    ownArn('iam', `policy/${generatedName(id, stack).replace(/-?\*$/, '*')}`, ''),
  )
}

/** What changes a role's rights is allowed under the stage's boundary alone, where it has one, and with its own policies. */
function bounded(
  sid: string,
  actions: string[],
  resources: Json[],
  { settings: { permissionsBoundary }, attachable = [] }: Made,
): Statement[] {
  const boundary = permissionsBoundary && { StringEquals: { 'iam:PermissionsBoundary': permissionsBoundary } }
  const attach = actions.filter((it) => /^iam:(Attach|Detach)RolePolicy$/.test(it))
  const change = actions.filter((it) => /^iam:(CreateRole|PutRole|DeleteRolePolicy)/.test(it))
  const other = actions.filter((it) => !attach.includes(it) && !(boundary && change.includes(it)))
  const own = { ArnLike: { 'iam:PolicyARN': attachable } }
  return [
    ...(other.length > 0 ? [allow(sid, other, resources)] : []),
    ...(boundary && change.length > 0 ? [allow(`${sid}Bounded`, change, resources, boundary)] : []),
    ...(attach.length > 0 ? [allow(`${sid}Attach`, attach, resources, { ...own, ...boundary })] : []),
  ]
}

/** Each role to the service that acts by it, and to no other. */
function passing({ resources, stack }: Deploy): Statement[] {
  const roles = (type: string, of: (properties: Resource['Properties']) => Json | undefined) => {
    const ids = Object.values(resources)
      .filter(({ Type }) => Type === type)
      .flatMap(({ Properties }) => logicalIdIn(of(Properties)) ?? [])
    return [...new Set(ids)].sort().map((id) => roleArn(generatedName(id, stack)))
  }
  return [
    passTo(
      'Lambda',
      roles('AWS::Lambda::Function', ({ Role }) => Role),
    ),
    passTo(
      'Scheduler',
      roles('AWS::Scheduler::Schedule', ({ Target }) => (Target as { RoleArn?: Json } | undefined)?.RoleArn),
    ),
  ].filter(({ Resource }) => Resource.length > 0)
}

/** These roles to this service alone. */
export function passTo(service: 'Lambda' | 'Scheduler', roles: Json[]): Statement {
  return allow(`PassTo${service}`, ['iam:PassRole'], roles, {
    StringEquals: { 'iam:PassedToService': `${service.toLowerCase()}.amazonaws.com` },
  })
}

function logicalIdIn(json: Json | undefined): string | undefined {
  const [id] = (json as { 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt'] ?? []
  return id
}
