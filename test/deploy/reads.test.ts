import { expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import { stackPieces } from '../../src/deploy/resources.ts'
import { entry } from '../schedules/entry.ts'
import { isAllowed, type PolicyStatement } from './policy.ts'

const settings = { rotationFunctions: [], alertEmails: [], disposable: false }
const adoption = { withinSeconds: 86_400 }

function pieces(...schedules: Partial<Schedule>[]) {
  const config = { stage: 'dev', version: '0', freezes: [], schedules: schedules.map((it) => entry(it)) }
  return stackPieces(config, settings).Resources
}

const rulesIn = (resources: ReturnType<typeof pieces>) =>
  Object.entries(resources).flatMap(([id, { Properties }]) =>
    id.startsWith('ReadsRule') ? [Properties as { EventPattern: Pattern; State: string }] : [],
  )
type Pattern = { detail: { eventName: string[]; requestParameters: { secretId: unknown[] } } }

/** As CloudFormation fills it in, where the names are the longest. */
const filledIn = (pattern: object) =>
  JSON.stringify(pattern)
    .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
    .replaceAll(`\${AWS::Partition}`, 'aws-us-gov')
    .replaceAll(`\${AWS::Region}`, 'ap-northeast-1')
    .replaceAll(`\${AWS::AccountId}`, '123456789012')

it('nothing listens for reads where nobody asks', () => {
  const resources = pieces({}, { name: 'other', secrets: ['b'] })
  expect(Object.keys(resources).filter((id) => id.startsWith('Reads'))).toEqual([])
})

it('only where a schedule asks may the audit look into CloudTrail’s history', () => {
  const actions = (resources: ReturnType<typeof pieces>) => JSON.stringify(resources.AuditRole?.Properties)
  expect(actions(pieces({ adoption }))).toContain('cloudtrail:LookupEvents')
  expect(actions(pieces({}))).not.toContain('cloudtrail')
  const others = Object.entries(pieces({ adoption })).filter(([id]) => id !== 'AuditRole')
  expect(JSON.stringify(others)).not.toContain('cloudtrail:')
})

it('reads that are given up ring an alarm: by what lies there, for SQS moves it itself', () => {
  expect(pieces({ adoption }).ReadsLostAlarm?.Properties).toMatchObject({
    AlarmName: 'tourbillon-dev-reads-lost',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: 'tourbillon-dev-reads-dead-letters' }],
    AlarmActions: [{ Ref: 'AlertTopic' }],
  })
})

it('only reads of the secrets that ask are heard, by name and by ARN, read-only events too', () => {
  const resources = pieces(
    { adoption, secrets: ['prod/a', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/b-x1Y2z3'] },
    { name: 'chosen', adoption, secrets: [], select: { prefix: 'prod/many/', tags: { a: 'b' } } },
    { name: 'silent', secrets: ['prod/c'] },
  )
  const [rule, ...others] = rulesIn(resources)
  expect(others).toEqual([])
  expect(rule).toMatchObject({
    State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
    EventPattern: {
      source: ['aws.secretsmanager'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventName: ['GetSecretValue'] },
    },
  })
  const arn = 'arn:aws-us-gov:secretsmanager:ap-northeast-1:123456789012:secret:'
  const { detail } = JSON.parse(filledIn(rule?.EventPattern ?? {})) as Pattern
  expect(detail.requestParameters.secretId).toEqual([
    ...['prod/a', { prefix: `${arn}prod/a` }, 'prod/b', { prefix: `${arn}prod/b` }],
    ...[{ prefix: 'prod/many/' }, { prefix: `${arn}prod/many/` }],
  ])
})

it('reads of another account’s secret of that name, sent to this bus, are not heard', () => {
  const [rule] = rulesIn(pieces({ adoption, secrets: ['prod/a'] }))
  expect(JSON.parse(filledIn(rule?.EventPattern ?? {}))).toMatchObject({
    ...{ account: ['123456789012'], region: ['ap-northeast-1'] },
  })
})

it('a read that cannot be noted comes again for most of a day, and no message expires before that', () => {
  const { ReadsQueue } = pieces({ adoption })
  const {
    VisibilityTimeout,
    RedrivePolicy,
    MessageRetentionPeriod = 4 * 86_400,
  } = (ReadsQueue?.Properties ?? {}) as Record<string, number> & {
    RedrivePolicy: { maxReceiveCount: number }
  }
  const seconds = Number(VisibilityTimeout) * RedrivePolicy.maxReceiveCount
  expect(seconds).toBeGreaterThan(20 * 3_600)
  expect(seconds).toBeLessThan(MessageRetentionPeriod)
})

it('many secrets are several rules, each within EventBridge’s 2,048 characters, and too many are refused', () => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, n) => `prod/team-a/service-${n}/database`)
  const rules = rulesIn(pieces({ adoption, secrets: named(200) }))
  expect(rules.length).toBeGreaterThan(10)
  const ids = rules.map(({ EventPattern }) => EventPattern.detail.requestParameters.secretId.length)
  expect(ids.reduce((a, b) => a + b)).toBe(400)
  for (const { EventPattern } of rules) expect(filledIn(EventPattern).length).toBeLessThanOrEqual(2_048)
  // Nor more rules than need be.
  const [first] = rules
  expect(filledIn(first?.EventPattern ?? {}).length).toBeGreaterThan(1_850)
  expect(() => pieces({ adoption, secrets: named(400) })).toThrow(
    /adoption of 400 secrets by name takes \d+ EventBridge rules, of 20 at most\. Split .* by a prefix/,
  )
})

it('its role writes readers into the ledger, takes from its queue, and no more; nor does it see a secret', () => {
  const { ReadsRole } = pieces({ adoption })
  const [policy] = (ReadsRole?.Properties.Policies ?? []) as unknown as {
    PolicyDocument: { Statement: PolicyStatement[] }
  }[]
  const statements = policy?.PolicyDocument.Statement ?? []
  const actions = statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : []))
  expect(actions.toSorted()).toEqual([
    ...['dynamodb:GetItem', 'dynamodb:UpdateItem', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    ...['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
  ])
  const table = `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/tourbillon-dev-ledger`
  const flat = JSON.parse(JSON.stringify(statements).replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1'))
  const may = (key: string) =>
    isAllowed(flat, {
      action: 'dynamodb:UpdateItem',
      resource: table,
      context: { 'dynamodb:LeadingKeys': [key] },
    })
  expect([may('reader#prod/a#arn'), may('hold#all'), may('28e2bcee-b53c-5469-acce-b9ca7dd84e52')]).toEqual([
    true,
    false,
    false,
  ])
  expect(ReadsRole?.Properties).not.toHaveProperty('ManagedPolicyArns')
})
