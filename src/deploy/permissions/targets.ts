import type { Config } from '../../config/config.ts'
import type { StageSettings } from '../../config/stage-settings.ts'
import { watchesReads } from '../../model/adoption.ts'
import { namesOf, type ResourceNames, VERIFY_PREFIX } from '../../model/resource-names.ts'
import { memberRoles, ownSchedules } from '../places.ts'
import { secretResources } from '../secret-policies.ts'
import { allow, configuredStatements, type Statement } from '../statements.ts'
import { type Json, ownArn } from '../template.ts'

export type StageInput = { config: Config; settings: Pick<StageSettings, 'rotationFunctions' | 'kmsKeyArn'> }

type Part = {
  /** As documents say it, after «on». */
  words: string
  /** Empty: this stage has none, and nothing is to be allowed. */
  resources(names: ResourceNames, stage: StageInput): Json[]
  /** Which of the ledger's items. */
  keys?: string[]
}

const table = ({ ledgerTable }: ResourceNames) => [ownArn('dynamodb', `table/${ledgerTable}`)]

/** What of a stage a person's calls are about. */
export const TARGETS = {
  anything: { words: '`*`: IAM knows no narrower resource', resources: () => ['*'] },
  'whoever uses a secret': { words: '`*`: who it is, is what they look for', resources: () => ['*'] },
  ledger: { words: 'the table', resources: table },
  'indexes of the ledger': {
    words: 'the table’s indexes',
    resources: ({ ledgerTable }) => [ownArn('dynamodb', `table/${ledgerTable}/index/*`)],
  },
  'requests in the ledger': { words: 'the table’s items `request#*`', resources: table, keys: ['request#*'] },
  'approvals in the ledger': {
    words: 'the table’s items `approval#*`',
    resources: table,
    keys: ['approval#*'],
  },
  'exceptions in the ledger': {
    words: 'the table’s items `exception#*`',
    resources: table,
    keys: ['exception#*'],
  },
  'holds in the ledger': {
    words: 'the table’s items `hold#*`, `held#*`',
    resources: table,
    keys: ['hold#*', 'held#*'],
  },
  'proofs in the ledger': { words: 'the table’s items `proof#*`', resources: table, keys: ['proof#*'] },
  'facts in the ledger': { words: 'the table’s items `fact#*`', resources: table, keys: ['fact#*'] },
  'throw-away stacks': {
    words: 'stacks `verify-tourbillon-*`',
    resources: () => [ownArn('cloudformation', `stack/${VERIFY_PREFIX}*`)],
  },
  'throw-away functions': {
    words: 'functions `verify-tourbillon-*`',
    resources: () => [ownArn('lambda', `function:${VERIFY_PREFIX}*`)],
  },
  'throw-away schedules': {
    words: 'schedules of groups `verify-tourbillon-*`',
    resources: () => [ownArn('scheduler', `schedule/${VERIFY_PREFIX}*`)],
  },
  'throw-away tables': {
    words: 'tables `verify-tourbillon-*`',
    resources: () => [ownArn('dynamodb', `table/${VERIFY_PREFIX}*`)],
  },
  schedules: {
    words: 'the stage’s schedule group',
    resources: ({ scheduleGroup }) => [ownArn('scheduler', `schedule/${scheduleGroup}/*`)],
  },
  rotateNow: {
    words: '`rotateNow`',
    resources: ({ rotateNowFunction }) => [ownArn('lambda', `function:${rotateNowFunction}`)],
  },
  // Source: Lambda Developer Guide, durable-security.
  executions: {
    words: 'the orchestrator’s executions',
    resources: ({ rotateFunction }) => [ownArn('lambda', `function:${rotateFunction}:*/durable-execution/*`)],
  },
  secrets: {
    words: 'the configured secrets',
    resources: (_, { config }) => secretResources(ownSchedules(config)),
  },
  'names of secrets': {
    words: '`*`, where schedules select',
    resources: (_, { config }) => (ownSchedules(config).some(({ select }) => select) ? ['*'] : []),
  },
  'roles of other accounts': {
    words: 'the roles of other accounts that schedules name',
    resources: (_, { config }) => memberRoles(config),
  },
  'Change Calendars': {
    words: 'the Change Calendars that schedules name',
    resources: (_, { config, settings }) =>
      configuredStatements(config, settings).askCalendars.flatMap(({ Resource }) => Resource),
  },
  'rotation functions': {
    words: 'the rotation functions',
    resources: (_, stage) => rotationFunctions(stage),
  },
  'orchestrator, rotation functions': {
    words: 'the orchestrator and the rotation functions',
    // With its alias and without: its configuration is the alias's, its concurrency the function's.
    resources: ({ rotateFunction }, stage) => [
      ...[rotateFunction, `${rotateFunction}:*`].map((name) => ownArn('lambda', `function:${name}`)),
      ...rotationFunctions(stage),
    ],
  },
  'roles of rotation functions': {
    words: 'roles: which ones the functions have, the functions say',
    resources: () => [roleArn('*')],
  },
  'undelivered events': {
    words: 'the dead-letter queues',
    resources: ({ deadLetterQueue, readsDeadLetters }, { config }) =>
      [deadLetterQueue, ...(watchesReads(config) ? [readsDeadLetters] : [])].map((it) => ownArn('sqs', it)),
  },
  alerts: { words: 'the alert topic', resources: ({ alertTopic }) => [ownArn('sns', alertTopic)] },
} as const satisfies Record<string, Part>

export type Target = keyof typeof TARGETS

/** IAM has no region. */
export function roleArn(name: string): Json {
  return ownArn('iam', `role/${name}`, '')
}

/** Their names as configured, in each region where they rotate; each with its versions and aliases. */
function rotationFunctions({ config, settings }: StageInput): Json[] {
  return configuredStatements(config, settings).rotationFunctions.flatMap(({ Resource }) => Resource)
}

/** Allows these actions on a part of the stage: nothing where it has none, several where secrets are selected by tags. */
export function allowOn(target: Target, actions: string[], stage: StageInput): Statement[] {
  const { resources, keys }: Part = TARGETS[target]
  const Resource = resources(namesOf(stage.config.stage), stage)
  const Sid = target.replaceAll(/(?:^|\W+)(\w)/g, (_, letter: string) => letter.toUpperCase())
  const condition = keys && { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } }
  const named = Resource.length === 0 ? [] : [allow(Sid, actions, Resource, condition)]
  if (target !== 'secrets') return named
  const selected = configuredStatements(stage.config, stage.settings).describeSelected
  return [...named, ...selected.map((it) => ({ ...it, Action: actions }))]
}

/**
 * A table with a key of one's own is read and written by whoever may decrypt with that, for DynamoDB only.
 * Source: KMS Developer Guide, services-dynamodb, "Authorizing use of your AWS KMS key".
 */
export function readTableWith({ kmsKeyArn }: Pick<StageSettings, 'kmsKeyArn'>): Statement[] {
  if (kmsKeyArn === undefined) return []
  const use: Statement = {
    Sid: 'ReadTableWithKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:DescribeKey'],
    Resource: [kmsKeyArn],
    Condition: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
  }
  return [use]
}
