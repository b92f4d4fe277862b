import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isAllowed, type PolicyStatement } from './policy.ts'

/** CloudFormation's own tags, as the functions they stand for. */
const tags = ['Ref', 'If', 'Select', 'Split', 'Equals', 'Not', 'GetAtt'].flatMap((name) => {
  const key = name === 'Ref' ? name : `Fn::${name}`
  return [
    { tag: `!${name}`, resolve: (text: string) => ({ [key]: text }) },
    {
      tag: `!${name}`,
      collection: 'seq' as const,
      resolve: (seq: { toJSON(): unknown }) => ({ [key]: seq.toJSON() }),
    },
  ]
})

const MEMBER = parse(readFileSync(new URL('../../docs/member-role.yml', import.meta.url), 'utf8'), {
  customTags: tags as never,
})

/** The member's role as CloudFormation would make it. */
function memberRole(parameters: Record<string, unknown>) {
  const defaults = Object.entries(MEMBER.Parameters).map(([name, it]) => [
    name,
    (it as { Default?: string }).Default,
  ])
  const given = { ...Object.fromEntries(defaults), ...parameters } as Record<string, unknown>
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve).filter((it) => it !== undefined)
    if (typeof value !== 'object' || value === null) return value
    const [[name = '', argument] = []] = Object.entries(value)
    if (name === 'Ref') return given[String(argument)]
    if (name === 'Fn::Equals') return new Set(resolve(argument) as unknown[]).size === 1
    if (name === 'Fn::Not') return !(resolve(argument) as unknown[])[0]
    if (name === 'Fn::Split')
      return String(resolve((argument as unknown[])[1])).split(String((argument as unknown[])[0]))
    if (name === 'Fn::Select')
      return (resolve((argument as unknown[])[1]) as unknown[])[Number((argument as unknown[])[0])]
    if (name === 'Fn::If') {
      const [condition, yes, no] = argument as [string, unknown, unknown]
      return resolve(resolve(MEMBER.Conditions[condition]) ? yes : no)
    }
    const entries = Object.entries(value).map(([key, it]) => [key, resolve(it)])
    return Object.fromEntries(entries.filter(([, it]) => it !== undefined))
  }
  const { AssumeRolePolicyDocument, Policies } = MEMBER.Resources.Role.Properties
  return {
    trust: resolve(AssumeRolePolicyDocument.Statement) as PolicyStatement[],
    policy: resolve(Policies[0].PolicyDocument.Statement) as PolicyStatement[],
  }
}

const HOME = 'arn:aws:iam::999988887777:role'
const [SECRET, FUNCTION] = [
  'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/orders/db-a1B2c3',
  'arn:aws:lambda:eu-west-1:111122223333:function:SecretsManagerOrders',
]
const GIVEN = {
  OrchestratorRoleArn: `${HOME}/tourbillon-prod-RotateRole-*`,
  AuditRoleArn: `${HOME}/tourbillon-prod-AuditRole-*`,
  ExternalId: 'tourbillon-prod',
  SecretArns: ['arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/orders/db-??????'],
  RotationFunctionArns: ['arn:aws:lambda:eu-west-1:111122223333:function:SecretsManager*'],
}
const [ORCHESTRATOR, AUDIT] = [
  `${HOME}/tourbillon-prod-RotateRole-1AB2C`,
  `${HOME}/tourbillon-prod-AuditRole-9XY8Z`,
]
const [ROTATING, LOOKING] = ['tourbillon-prod', 'look-tourbillon-prod']

describe('docs/member-role.yml', () => {
  const { trust, policy } = memberRole(GIVEN)
  const assume = (role: string, session: string, { trust: by = trust, id = 'tourbillon-prod' } = {}) =>
    isAllowed(by, {
      action: 'sts:AssumeRole',
      resource: 'the role itself',
      context: { 'aws:PrincipalArn': role, 'sts:RoleSessionName': session, 'sts:ExternalId': id },
    })
  const may = (session: string, action: string, resource: string, by = policy) =>
    isAllowed(by, { action, resource, context: { 'aws:userid': `AROAEXAMPLE:${session}` } })

  it('trusts the stage’s account alone, and in it the orchestrator and the audit', () => {
    expect(trust.map(({ Principal }) => Principal)).toEqual([
      { AWS: '999988887777' },
      { AWS: '999988887777' },
    ])
    expect([assume(ORCHESTRATOR, ROTATING), assume(AUDIT, LOOKING)]).toEqual([true, true])
    expect(assume(`${HOME}/tourbillon-prod-ObserveRole-1AB2C`, LOOKING)).toBe(false)
    expect(assume(`${HOME}/somebody`, ROTATING)).toBe(false)
    expect(assume(ORCHESTRATOR, ROTATING, { id: 'another' })).toBe(false)
  })

  it('goes on trusting them when the stage was removed and deployed again', () => {
    expect(assume(`${HOME}/tourbillon-prod-RotateRole-7QR6S`, ROTATING)).toBe(true)
    expect(assume(`${HOME}/tourbillon-prod-AuditRole-7QR6S`, LOOKING)).toBe(true)
  })

  it('takes what an earlier stack was given: ARNs without a pattern, no audit, no external id', () => {
    const pattern = new RegExp(MEMBER.Parameters.OrchestratorRoleArn.AllowedPattern)
    const given = { ...GIVEN, OrchestratorRoleArn: ORCHESTRATOR, AuditRoleArn: '', ExternalId: '' }
    const { trust: earlier } = memberRole(given)
    expect(pattern.test(ORCHESTRATOR) && pattern.test(GIVEN.OrchestratorRoleArn)).toBe(true)
    expect([
      assume(ORCHESTRATOR, ROTATING, { trust: earlier }),
      assume(AUDIT, LOOKING, { trust: earlier }),
    ]).toEqual([true, false])
    for (const wide of [`${HOME}/*`, `${HOME}/t*`, '*', `${HOME}/a*b`]) expect(pattern.test(wide)).toBe(false)
  })

  it('lets the orchestrator rotate and look', () => {
    expect(may(ROTATING, 'secretsmanager:RotateSecret', SECRET)).toBe(true)
    expect(may(ROTATING, 'lambda:InvokeFunction', FUNCTION)).toBe(true)
    expect(may(ROTATING, 'secretsmanager:DescribeSecret', SECRET)).toBe(true)
    expect(may(ROTATING, 'secretsmanager:RotateSecret', SECRET.replace('orders', 'billing'))).toBe(false)
  })

  it('lets the audit look, and change nothing: it can have no session of another name', () => {
    expect(may(LOOKING, 'secretsmanager:DescribeSecret', SECRET)).toBe(true)
    expect(may(LOOKING, 'secretsmanager:RotateSecret', SECRET)).toBe(false)
    expect(may(LOOKING, 'lambda:InvokeFunction', FUNCTION)).toBe(false)
    expect(assume(AUDIT, ROTATING)).toBe(false)
    expect(assume(AUDIT, 'tourbillon-look-tourbillon-prod')).toBe(false)
  })

  it('lists where that is allowed, and reads no value', () => {
    const listing = memberRole({ ...GIVEN, AllowListing: 'true' }).policy
    expect(may(LOOKING, 'secretsmanager:ListSecrets', '*')).toBe(false)
    expect(may(LOOKING, 'secretsmanager:ListSecrets', '*', listing)).toBe(true)
    const all = [...policy, { Effect: 'Allow', Action: '*', Resource: '*' }]
    for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'])
      expect(may(ROTATING, action, SECRET, all)).toBe(false)
  })
})
