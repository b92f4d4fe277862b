import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { permissionsOf } from '../../src/deploy/permissions/roles.ts'
import { throwAwayStatements } from '../../src/verify/permissions.ts'
import { isAllowed, type PolicyStatement, type Request } from '../deploy/policy.ts'

const ACCOUNT = '123456789012'
const REGION = 'eu-west-1'
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/boundary`

function printed(block: string) {
  const loaded = parseConfig(
    'config/prod.yml',
    `stage: { account: '${ACCOUNT}', region: ${REGION}${block} }
defaults: { timezone: UTC }
schedules:
  one: { when: cron(0 3 ? * SUN *), secrets: [prod/orders/db] }
`,
  )
  if (!loaded.ok) throw new Error('the config is wrong')
  const { config, settings } = loaded
  const more = throwAwayStatements(settings)
  return permissionsOf('verifier', { config, settings, stack: '', more }, 'json').documents
}

const statementsOf = (documents: ReturnType<typeof printed>) =>
  documents.flatMap(({ policy }) => policy.Statement) as unknown as PolicyStatement[]
const plain = statementsOf(printed(''))
const full = statementsOf(printed(`, kmsKeyArn: '${KEY}', permissionsBoundary: '${BOUNDARY}'`))
const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`
const may = (action: string, resource: string, context: Request['context'] = {}, by = plain) =>
  isAllowed(by, { action, resource, context })

/** IAM knows no narrower resource for these. */
const ANYWHERE =
  /^(\w+:(Describe|List)\w+|sns:(GetSubscriptionAttributes|Unsubscribe)|secretsmanager:GetRandomPassword)$/

describe('what whoever runs verify may', () => {
  it('is one policy', () => {
    expect(printed('')).toHaveLength(1)
  })

  it('is on throw-away stacks and facts, and on nobody else’s', () => {
    for (const { Effect, Action, Resource, Condition } of full) {
      if (Effect === 'Deny') continue
      for (const resource of [Resource ?? []].flat()) {
        if (resource === '*') for (const it of [Action].flat()) expect(it).toMatch(ANYWHERE)
        else if (resource === KEY) continue
        else if (resource.endsWith('table/tourbillon-prod-ledger'))
          expect(JSON.stringify(Condition)).toContain('fact#*')
        else expect(resource).toMatch(/[:/]verify-tourbillon-\*/)
      }
    }
  })

  it('is nothing of a stage that is called verify', () => {
    expect(may('lambda:UpdateFunctionCode', arn('lambda', 'function:verify-tourbillon-a1-seen'))).toBe(true)
    expect(may('lambda:UpdateFunctionCode', arn('lambda', 'function:tourbillon-verify-rotate'))).toBe(false)
    expect(may('dynamodb:DeleteTable', arn('dynamodb', 'table/verify-tourbillon-a1-arrivals'))).toBe(true)
    expect(may('dynamodb:DeleteTable', arn('dynamodb', 'table/tourbillon-verify-ledger'))).toBe(false)
  })

  it('hands on the throw-away roles, each to its own service', () => {
    const pass = (name: string, service: string) =>
      may('iam:PassRole', role(name), { 'iam:PassedToService': `${service}.amazonaws.com` })
    expect(pass('verify-tourbillon-a1-seen', 'lambda')).toBe(true)
    expect(pass('verify-tourbillon-a1-scheduler', 'scheduler')).toBe(true)
    expect(pass('verify-tourbillon-a1-seen', 'scheduler')).toBe(false)
    expect(pass('verify-tourbillon-a1-seen', 'ec2')).toBe(false)
    expect(pass('Admin', 'lambda')).toBe(false)
  })

  it('never is to read a value, of its own secrets neither', () => {
    const all = [...plain, { Effect: 'Allow', Action: '*', Resource: '*' }]
    for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'])
      expect(may(action, arn('secretsmanager', 'secret:verify-tourbillon-a1-ok-a1B2c3'), {}, all)).toBe(false)
    expect(
      may('secretsmanager:PutSecretValue', arn('secretsmanager', 'secret:verify-tourbillon-a1-ok-a1B2c3')),
    ).toBe(false)
  })

  it('is under the stage’s boundary, and with its key', () => {
    const name = role('verify-tourbillon-a1-seen')
    for (const action of ['iam:CreateRole', 'iam:PutRolePolicy']) {
      expect(may(action, name)).toBe(true)
      expect(may(action, name, {}, full)).toBe(false)
      expect(may(action, name, { 'iam:PermissionsBoundary': BOUNDARY }, full)).toBe(true)
    }
    expect(may('kms:CreateGrant', KEY, {}, full)).toBe(true)
    expect(plain.flatMap(({ Action }) => Action).filter((it) => it.startsWith('kms:'))).toEqual([])
  })
})
