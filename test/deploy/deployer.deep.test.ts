import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { stackStatements } from '../../src/deploy/permissions/deployer.ts'
import { documentsOf } from '../../src/deploy/permissions/documents.ts'
import { TYPES } from '../../src/deploy/permissions/resource-types.ts'
import { permissionsOf } from '../../src/deploy/permissions/roles.ts'
import type { Resources } from '../../src/deploy/template.ts'
import { isAllowed, type PolicyStatement, type Request } from './policy.ts'
import { serverlessPackage } from './service.ts'

const YAML = `defaults: { timezone: UTC }
schedules:
  one: { when: cron(0 3 ? * SUN *), secrets: [prod/orders/db], precision: second }
`
const ACCOUNT = '123456789012'
const WHERE = { account: ACCOUNT, region: 'eu-west-1' }
const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:${ACCOUNT}:${rest}`
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`

const loaded = parseConfig('config/prod.yml', YAML)
if (!loaded.ok) throw new Error('the config is wrong')
const stage = { config: loaded.config, settings: { ...loaded.settings, ...WHERE }, stack: 'tourbillon-prod' }

const statementsIn = (documents: { policy: { Statement: unknown[] } }[]) =>
  documents.flatMap(({ policy }) => policy.Statement) as PolicyStatement[]
const printed = statementsIn(permissionsOf('deployer', stage, 'json').documents)
const may = (action: string, resource: string, context: Request['context'] = {}, by = printed) =>
  isAllowed(by, { action, resource, context })

const FULL = `stage:
  account: '${ACCOUNT}'
  region: eu-west-1
  alertEmails: [a@example.com, b@example.com]
  reservedConcurrency: 20
  vpc: { securityGroupIds: [sg-0123456789abcdef0], subnetIds: [subnet-0123456789abcdef0] }
  kmsKeyArn: ${arn('kms', 'key/1234')}
  permissionsBoundary: arn:aws:iam::${ACCOUNT}:policy/boundary
`

describe('what CloudFormation needs', () => {
  it.each([
    ['a plain stage', ''],
    ['one that has everything', FULL, 'adoption: { within: 24h }'],
  ])(
    'is printed for %s, without osls, as the template that osls makes asks for it',
    async (_, block, more = '') => {
      const yaml = (block + YAML).replace('precision: second', `precision: second, ${more}`)
      const { template, stderr } = await serverlessPackage('prod', yaml)
      const own = parseConfig('config/prod.yml', yaml)
      if (!template || !own.ok) throw new Error(stderr)
      const { config, settings } = own
      const at = { ...settings, ...WHERE }
      const [calls, ...rest] = permissionsOf(
        'deployer',
        { config, settings: at, stack: 'tourbillon-prod' },
        'json',
      ).documents
      expect(calls?.name).toBe('tourbillon-prod-deployer-calls')
      const deploy = { config, settings: at, resources: template.Resources, stack: 'tourbillon-prod' }
      const made = documentsOf('x', 'x', stackStatements(deploy), WHERE)
      const inOrder = (statements: PolicyStatement[]) =>
        statements.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
      expect(inOrder(statementsIn(rest))).toEqual(inOrder(statementsIn(made)))
    },
  )

  it('is known of every type and property that there is, or the test fails', () => {
    const one = (Type: string, Properties: object) => ({
      ...stage,
      resources: { One: { Type, Properties } } as Resources,
    })
    expect(() => stackStatements(one('AWS::Glue::Job', {}))).toThrow(
      'One: what does CloudFormation do with AWS::Glue::Job?',
    )
    expect(() => stackStatements(one('AWS::SQS::Queue', { QueueName: 'a', FifoQueue: true }))).toThrow(
      'One: what does FifoQueue of AWS::SQS::Queue ask for?',
    )
  })
})

/** Types that CloudFormation's own schemas have, where somebody has put them (decision 0152). */
const SCHEMAS = process.env.CFN_SCHEMAS

it.skipIf(SCHEMAS === undefined).each(Object.keys(TYPES))('%s is as its schema says', (type) => {
  const file = join(SCHEMAS ?? '', `${type.toLowerCase().replaceAll('::', '-')}.json`)
  expect(existsSync(file)).toBe(true)
  const { handlers, tagging, properties } = JSON.parse(readFileSync(file, 'utf8')) as {
    handlers: Record<string, { permissions?: string[] }>
    tagging?: { permissions?: string[] }
    properties: object
  }
  const theirs = new Set(
    [
      ...Object.entries(handlers).flatMap(([name, it]) => (name === 'list' ? [] : (it.permissions ?? []))),
      ...(tagging?.permissions ?? []),
    ].map((it) => it.toLowerCase()),
  )
  const row = TYPES[type]
  const ours = [row?.actions ?? '', ...Object.values(row?.properties ?? {})]
    .flatMap((it) => it.split(' '))
    .filter(Boolean)
  expect(ours.filter((it) => !theirs.has(it.toLowerCase()))).toEqual([])
  const lookups = (handlers.read?.permissions ?? [])
    .filter((it) => it !== 'iam:PassRole')
    .map((it) => it.toLowerCase())
  expect(lookups.filter((it) => !ours.some((one) => one.toLowerCase() === it))).toEqual([])
  expect(
    Object.keys(row?.properties ?? {}).filter((it) => !((it.split('.')[0] ?? '') in properties)),
  ).toEqual([])
})

describe('what the deployer may', () => {
  it('is whatever osls was seen to call, and nothing that it was not', () => {
    const seen: Request[] = SEEN.map(([action, resource]) => ({ action, resource }))
    const calls = statementsIn(permissionsOf('deployer', stage, 'json').documents.slice(0, 1))
    expect(seen.filter((it) => !isAllowed(calls, it))).toEqual([])
    const allowed = calls.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action)
    expect(allowed.filter((it) => !seen.some(({ action }) => action === it))).toEqual([])
  })

  it('is on this stage’s own, and on nobody else’s', () => {
    expect(may('lambda:UpdateFunctionCode', arn('lambda', 'function:tourbillon-prod-rotate'))).toBe(true)
    expect(may('lambda:UpdateFunctionCode', arn('lambda', 'function:tourbillon-dev-rotate'))).toBe(false)
    expect(may('dynamodb:DeleteTable', arn('dynamodb', 'table/tourbillon-prod-ledger'))).toBe(true)
    expect(may('dynamodb:DeleteTable', arn('dynamodb', 'table/orders'))).toBe(false)
    expect(may('scheduler:CreateSchedule', arn('scheduler', 'schedule/tourbillon-prod/_early.one'))).toBe(
      true,
    )
    expect(may('scheduler:CreateSchedule', arn('scheduler', 'schedule/default/one'))).toBe(false)
    expect(may('events:PutRule', arn('events', 'rule/tourbillon-prod-RunEndsRule-1AB2C'))).toBe(true)
    expect(may('lambda:AddPermission', arn('lambda', 'function:tourbillon-prod-observe'))).toBe(true)
    expect(may('secretsmanager:RotateSecret', arn('secretsmanager', 'secret:prod/orders/db-a1B2c3'))).toBe(
      false,
    )
    expect(
      may('secretsmanager:GetSecretValue', '*', {}, [
        ...printed,
        { Effect: 'Allow', Action: '*', Resource: '*' },
      ]),
    ).toBe(false)
  })

  it('passes each role to the service that acts by it alone', () => {
    const pass = (name: string, service: string) =>
      may('iam:PassRole', role(`tourbillon-prod-${name}-1AB2C`), {
        'iam:PassedToService': `${service}.amazonaws.com`,
      })
    expect([pass('RotateRole', 'lambda'), pass('SchedulerRole', 'scheduler')]).toEqual([true, true])
    expect([pass('RotateRole', 'ec2'), pass('SchedulerRole', 'lambda'), pass('Admin', 'lambda')]).toEqual([
      false,
      false,
      false,
    ])
  })

  it('attaches the stage’s own policies alone', () => {
    const attach = (policy: string) =>
      may('iam:AttachRolePolicy', role('tourbillon-prod-RotateRole-1AB2C'), { 'iam:PolicyARN': policy })
    expect(attach(`arn:aws:iam::${ACCOUNT}:policy/tourbillon-prod-RotateSecretsPolicy1-1AB2C`)).toBe(true)
    expect(attach('arn:aws:iam::aws:policy/AdministratorAccess')).toBe(false)
  })

  it('makes no role without the boundary, where the stage has one, and takes none away', () => {
    const permissionsBoundary = `arn:aws:iam::${ACCOUNT}:policy/boundary`
    const bounded = { ...stage, settings: { ...stage.settings, permissionsBoundary } }
    const by = statementsIn(permissionsOf('deployer', bounded, 'json').documents)
    const one = role('tourbillon-prod-RotateRole-1AB2C')
    for (const action of ['iam:CreateRole', 'iam:PutRolePolicy']) {
      expect(may(action, one, {}, by)).toBe(false)
      expect(may(action, one, { 'iam:PermissionsBoundary': permissionsBoundary }, by)).toBe(true)
      expect(may(action, one)).toBe(true)
    }
    expect(
      may('iam:DeleteRolePermissionsBoundary', one, { 'iam:PermissionsBoundary': permissionsBoundary }, by),
    ).toBe(false)
  })

  it('asks for more where the stage has more', () => {
    const more = {
      ...stage,
      settings: {
        ...stage.settings,
        kmsKeyArn: KEY,
        reservedConcurrency: 20,
        vpc: VPC,
        alertEmails: ['a@example.com'],
      },
    }
    const by = statementsIn(permissionsOf('deployer', more, 'json').documents)
    const asked: [string, string][] = [
      ['lambda:PutFunctionConcurrency', arn('lambda', 'function:tourbillon-prod-rotate')],
      ['ec2:DescribeSubnets', '*'],
      ['sns:Subscribe', arn('sns', 'tourbillon-prod-alerts')],
    ]
    for (const [action, resource] of asked)
      expect([action, may(action, resource), may(action, resource, {}, by)]).toEqual([action, false, true])
    const decrypt = (service: string) =>
      may('kms:Decrypt', KEY, { 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` }, by)
    // Lambda decrypts for whoever deploys; the table is read by our plugin.
    expect([decrypt('dynamodb'), may('kms:Decrypt', KEY.replace('1234', '5678'), {}, by)]).toEqual([
      true,
      false,
    ])
    expect(may('kms:CreateGrant', KEY, {}, by)).toBe(true)
  })

  it('goes by CloudFormation’s names of a long stack, which are cut', () => {
    const stack = 'the-rotations-of-a-company-with-a-long-name-prod'
    const [, ...documents] = permissionsOf('deployer', { ...stage, stack }, 'json').documents
    const cut = role('the-rotations-of-a-compa-RotateNowRole-1AB2C3D4E5F6G')
    expect(may('iam:CreateRole', cut, {}, statementsIn(documents))).toBe(true)
  })
})

const KEY = arn('kms', 'key/1234')
const VPC = { securityGroupIds: ['sg-0123456789abcdef0'], subnetIds: ['subnet-0123456789abcdef0'] }

/** By a recorder before ministack 1.5.33: osls 4.3.1 deploys, updates, deploys again, removes. */
const BUCKET = 'arn:aws:s3:::tourbillon-prod-serverlessdeploymentbucket-1ab2c3d4e5f6'
const SEEN: [action: string, resource: string][] = [
  ...[
    ...['CreateChangeSet', 'DeleteChangeSet', 'DescribeChangeSet', 'DescribeStackEvents', 'DescribeStacks'],
    ...['DescribeStackResource', 'ExecuteChangeSet', 'ListStackResources', 'DeleteStack'],
    // Asked of whoever makes a stack with tags, which all of osls' have.
    'TagResource',
  ].map((action): [string, string] => [
    `cloudformation:${action}`,
    arn('cloudformation', 'stack/tourbillon-prod/1a2b3c4d'),
  ]),
  ['cloudformation:ValidateTemplate', '*'],
  ['dynamodb:Query', arn('dynamodb', 'table/tourbillon-prod-ledger/index/unsettled')],
  ['lambda:GetFunction', arn('lambda', 'function:tourbillon-prod-observe')],
  ['lambda:InvokeFunction', arn('lambda', 'function:tourbillon-prod-audit')],
  ['s3:ListBucket', BUCKET],
  ['s3:PutObject', `${BUCKET}/serverless/tourbillon/prod/1/rotate.zip`],
  ['s3:GetObject', `${BUCKET}/serverless/tourbillon/prod/1/rotate.zip`],
  ['s3:DeleteObject', `${BUCKET}/serverless/tourbillon/prod/1/rotate.zip`],
]
