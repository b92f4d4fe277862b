import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { roles } from '../../src/deploy/roles.ts'
import { secretPolicies } from '../../src/deploy/secret-policies.ts'
import { checkLimits } from '../../src/deploy/stack-quotas.ts'
import type { Statement } from '../../src/deploy/statements.ts'
import { type Resources, sub } from '../../src/deploy/template.ts'
import { entry } from '../schedules/entry.ts'

const settings = { rotationFunctions: [], alertEmails: [], disposable: true }

function statementsOf(config: Partial<Config>, inVpc = false) {
  const full = configOf(config)
  const vpc = { securityGroupIds: ['sg-1'], subnetIds: ['subnet-1'] }
  return inlineOf(roles(full, { ...settings, ...(inVpc && { vpc }) }))
}

function configOf(config: Partial<Config>): Config {
  return { stage: 'prod', version: '0', freezes: [], schedules: [entry()], ...config }
}

function inlineOf({ RotateRole }: Resources) {
  const policies = RotateRole?.Properties.Policies as unknown as {
    PolicyDocument: { Statement: Statement[] }
  }[]
  return policies.flatMap((policy) => policy.PolicyDocument.Statement)
}

describe('the orchestrator’s role', () => {
  it('may invoke no rotation function where none is named, and no hook where there is none', () => {
    const sids = statementsOf({}).map(({ Sid }) => Sid)
    expect(sids).not.toContain('StartRotationFunctions')
    expect(sids).not.toContain('RunHooks')
    expect(sids).not.toContain('ListSecrets')
  })

  it('may rotate what a selector can choose, and nothing beside it', () => {
    const select = { prefix: 'prod/', tags: { rotation: 'month-end', team: 'orders' } }
    const schedules = [
      entry({ secrets: [], select }),
      entry({ name: 'by-prefix', secrets: [], select: { prefix: 'x/' } }),
    ]
    expect(statementsOf({ schedules }).filter(({ Sid }) => /Secrets/.test(Sid))).toEqual([
      { Sid: 'ListSecrets', Effect: 'Allow', Action: ['secretsmanager:ListSecrets'], Resource: ['*'] },
      expect.objectContaining({ Sid: 'NeverReadSecrets', Effect: 'Deny' }),
    ])
    const { RotateSecretsPolicy1, RotateRole } = roles(configOf({ schedules }), settings)
    expect(RotateRole?.Properties.ManagedPolicyArns).toEqual([{ Ref: 'RotateSecretsPolicy1' }])
    expect(RotateSecretsPolicy1?.Properties.PolicyDocument).toMatchObject({
      Statement: [
        {
          Sid: 'RotateSelectedSecrets1',
          Effect: 'Allow',
          Action: ['secretsmanager:RotateSecret', 'secretsmanager:DescribeSecret'],
          Resource: [own('secret:prod/*')],
          Condition: {
            StringEquals: { 'aws:ResourceTag/rotation': 'month-end', 'aws:ResourceTag/team': 'orders' },
          },
        },
        {
          Sid: 'RotateSelectedSecrets2',
          Effect: 'Allow',
          Action: ['secretsmanager:RotateSecret', 'secretsmanager:DescribeSecret'],
          Resource: [own('secret:x/*')],
        },
      ],
    })
  })

  it('may ask the configured Change Calendars only', () => {
    const shared = 'arn:aws:ssm:us-east-1:210987654321:document/company-freeze'
    const schedules = [
      entry({ changeCalendars: ['team-freeze', shared] }),
      entry({ changeCalendars: [shared] }),
    ]
    expect(statementsOf({ schedules })).toContainEqual({
      Sid: 'AskChangeCalendars',
      Effect: 'Allow',
      Action: ['ssm:GetCalendarState'],
      Resource: [
        shared,
        sub(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:document/team-freeze`),
      ],
    })
    expect(statementsOf({}).map(({ Sid }) => Sid)).not.toContain('AskChangeCalendars')
  })

  it('may make network interfaces in a VPC only', () => {
    expect(statementsOf({}).map(({ Sid }) => Sid)).not.toContain('UseNetworkInterfaces')
    expect(statementsOf({}, true).map(({ Sid }) => Sid)).toContain('UseNetworkInterfaces')
  })
})

describe('a key of the stage’s own', () => {
  const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

  it('may be used by every role, and by none where there is no key', () => {
    const uses = (more: object) =>
      Object.entries(roles(configOf({}), { ...settings, ...more })).flatMap(([id, resource]) =>
        resource.Type !== 'AWS::IAM::Role'
          ? []
          : inlineOf({ RotateRole: resource }).flatMap(({ Sid, Action, Resource }) =>
              Action.some((it) => it.startsWith('kms:')) ? [{ id, Sid, Action, Resource }] : [],
            ),
      )
    expect(uses({})).toEqual([])
    expect(uses({ kmsKeyArn })).toEqual(
      ['RotateRole', 'RotateNowRole', 'AuditRole', 'ObserveRole', 'SchedulerRole'].map((id) => ({
        id,
        Sid: 'UseStageKey',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: [kmsKeyArn],
      })),
    )
  })
})

describe('policies of many selectors', () => {
  const chosenBy = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      entry({
        name: `s${i}`,
        secrets: [],
        select: { prefix: `prod/team-${i}/`, tags: { rotation: `group-${i}` } },
      }),
    )

  it('are managed ones, as many as it takes, with no Sid twice', () => {
    const made = roles(configOf({ schedules: [entry({ secrets: ['a'] }), ...chosenBy(60)] }), settings)
    const documents = Object.entries(made).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::IAM::ManagedPolicy' && id.startsWith('Rotate')
        ? [Properties.PolicyDocument as unknown as { Statement: Statement[] }]
        : [],
    )
    expect(documents.length).toBeGreaterThan(2)
    expect(documents.flatMap(({ Statement }) => Statement)).toHaveLength(61)
    for (const { Statement } of documents)
      expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length)
    expect(() => checkLimits(made)).not.toThrow()
  })

  it('are refused where a role cannot carry them, with what to do', () => {
    expect(() => roles(configOf({ schedules: chosenBy(600) }), settings)).toThrow(
      /0 secrets and 600 selectors need \d+ IAM policies, and a role carries 10.*common prefix or tag/,
    )
  })
})

describe('policies of many secrets', () => {
  it('are as many as it takes, each within IAM’s limit, none of a secret twice', () => {
    const secrets = Array.from({ length: 440 }, (_, i) => `prod/service-${i}/database/credentials`)
    const policies = secretPolicies([entry({ secrets }), entry({ secrets })], 'Rotate')
    expect(Object.keys(policies).length).toBeGreaterThan(3)
    expect(resourcesIn(policies)).toHaveLength(440)
    for (const { Properties } of Object.values(policies)) {
      // The longest partition, region and account that can be filled in.
      const filled = JSON.stringify(Properties.PolicyDocument)
        .replaceAll('{"Fn::Sub":', '')
        .replaceAll('"}', '"')
        .replaceAll(/\$\{AWS::Partition\}/g, 'aws-us-gov')
        .replaceAll(/\$\{AWS::Region\}/g, 'ap-southeast-7')
        .replaceAll(/\$\{AWS::AccountId\}/g, '123456789012')
      expect(filled.length).toBeLessThan(6_144)
    }
  })

  it('are refused, with what to do, where a role cannot carry them', () => {
    const secrets = Array.from({ length: 2_000 }, (_, i) => `prod/service-${i}/database/credentials`)
    expect(() => secretPolicies([entry({ secrets })], 'Rotate')).toThrow(
      /2000 secrets need \d+ IAM policies.*Split the config/,
    )
  })
})

function own(resource: string, service = 'secretsmanager') {
  return sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`)
}

function resourcesIn(policies: Resources) {
  return Object.values(policies).flatMap(
    ({ Properties }) =>
      (Properties.PolicyDocument as { Statement: { Resource: unknown[] }[] }).Statement[0]?.Resource ?? [],
  )
}

describe('the role of what hands over', () => {
  const consumers = [
    { kind: 'ecs', name: 'shop/api' },
    { kind: 'ssm', name: 'restart' },
    { kind: 'invoke', name: 'warm:live' },
    { kind: 'observe', name: 'reports' },
  ] as const
  const made = (some: readonly (typeof consumers)[number][]) =>
    roles(configOf({ schedules: [entry({ consumers: [...some] })] }), settings)
  it('is made only where there is something to do, and then only two roles may start it', () => {
    const none = made([consumers[3]])
    expect(none).not.toHaveProperty('HandoverRole')
    expect(JSON.stringify(none)).not.toMatch(/handover|ecs:/i)
    const some = made(consumers)
    const may = Object.entries(some).filter(([, it]) => JSON.stringify(it).includes('StartHandover'))
    expect(may.map(([id]) => id)).toEqual(['RotateRole', 'AuditRole'])
  })

  it('may start a deployment, a runbook or a function that is named, and reads no secret and no configuration', () => {
    const { HandoverRole } = made(consumers)
    const statements = inlineOf({ RotateRole: HandoverRole as Resources[string] })
    const about = (sid: string) => statements.find(({ Sid }) => Sid === sid)
    expect(about('RefreshServices')).toMatchObject({
      Action: ['ecs:DescribeServices', 'ecs:UpdateService'],
      Resource: [own('service/shop/api', 'ecs')],
    })
    expect(about('StartRunbooks')?.Resource).toEqual([
      own('document/restart', 'ssm'),
      own('automation-definition/restart:*', 'ssm'),
    ])
    expect(about('CallRefreshFunctions')?.Resource).toEqual([own('function:warm:live', 'lambda')])
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action)
    expect(
      allowed.filter((it) =>
        /^(secretsmanager|iam|kms):|lambda:Get(Function|Policy)|ecs:DescribeTask/.test(it),
      ),
    ).toEqual([])
    expect(statements.find(({ Sid }) => Sid === 'NeverReadSecrets')?.Effect).toBe('Deny')
  })
})
