import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import { capacityOf } from '../../src/deploy/capacity.ts'
import { secretPolicies } from '../../src/deploy/secret-policies.ts'
import { checkLimits } from '../../src/deploy/stack-quotas.ts'
import type { Resources } from '../../src/deploy/template.ts'
import { entry } from '../schedules/entry.ts'

describe('a CloudFormation stack', () => {
  /** What osls adds by itself to every stage: it counts, too. */
  const OF_OSLS = 24

  function stack({ schedules = 0, others = 0 }): Resources {
    const some = (count: number, id: string, Type: string) =>
      Array.from({ length: count }, (_, index) => [`${id}${index}`, { Type, Properties: {} }])
    return Object.fromEntries([
      ...some(schedules, 'Schedule', 'AWS::Scheduler::Schedule'),
      ...some(others, 'Other', 'AWS::Logs::MetricFilter'),
    ])
  }

  it('holds 500 resources, and not one more', () => {
    expect(() => checkLimits(stack({ schedules: 400, others: 100 - OF_OSLS }))).not.toThrow()
    expect(() => checkLimits(stack({ schedules: 401, others: 100 - OF_OSLS }))).toThrow(
      /^401 schedules.* make 501 resources .* of 400 schedules at most/,
    )
  })

  it('holds 1,000,000 bytes as osls writes them, and not one more', () => {
    const padded = (text: string): Resources => ({
      A: { Type: 'AWS::Scheduler::Schedule', Properties: { text } },
    })
    const room = 1_000_000 - Buffer.byteLength(JSON.stringify(padded(''), null, 2))
    expect(() => checkLimits(padded('x'.repeat(room)))).not.toThrow()
    expect(() => checkLimits(padded('x'.repeat(room + 1)))).toThrow(/make 25 resources and 1000001 bytes/)
    // Not characters: what is no ASCII takes more than one.
    expect(() => checkLimits(padded('é'.repeat(room / 2 + 1)))).toThrow('and 1000001 bytes')
  })
})

describe('IAM and Lambda', () => {
  /** An own policy of exactly so many characters. */
  const document = (characters: number) => {
    const around = JSON.stringify({ Statement: '' }).length
    return { Statement: 'x'.repeat(characters - around) }
  }
  const role = (sizes: number[], managed = 0): Resources => ({
    RotateRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Policies: sizes.map((size) => ({ PolicyName: 'p', PolicyDocument: document(size) })),
        ManagedPolicyArns: Array.from({ length: managed }, (_, i) => `p${i}`),
      },
    },
  })
  const policy = (size: number): Resources => ({
    P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document(size) } },
  })
  const lambda = (size: number): Resources => ({
    F: {
      Type: 'AWS::Lambda::Function',
      Properties: { Environment: { Variables: { A: 'x'.repeat(size - '{"A":""}'.length) } } },
    },
  })

  it.each([
    [
      'a role’s own policies together',
      role([5_000, 5_240]),
      role([5_000, 5_241]),
      'RotateRole’s own policies have 10241 characters, and IAM takes 10240',
    ],
    ['a managed policy', policy(6_144), policy(6_145), 'P has 6145 characters, and IAM takes 6144'],
    [
      'managed policies of a role',
      role([], 10),
      role([], 11),
      'RotateRole carries 11 managed policies, and IAM allows 10',
    ],
    [
      'a function’s environment',
      lambda(4_096),
      lambda(4_097),
      'F’s environment has 4097 bytes, and Lambda takes 4096',
    ],
  ])('take %s up to their limit, and not one more', (_, exactly, more, message) => {
    expect(() => checkLimits(exactly)).not.toThrow()
    expect(() => checkLimits(more)).toThrow(message)
  })
})

describe('permission to rotate the secrets of a config', () => {
  const rotatePolicies = (schedules: Schedule[]) => secretPolicies(schedules, 'Rotate')
  type Policy = { Statement: { Resource: unknown[] }[] }
  const documents = (resources: Resources) =>
    Object.values(resources).map(({ Properties }) => Properties.PolicyDocument as unknown as Policy)
  const resourcesIn = (policy: Policy) => policy.Statement.flatMap(({ Resource }) => Resource)

  /** As IAM counts it, at its longest: in the partition, Region and account that CloudFormation fills in. */
  function charactersIn(policy: Policy): number {
    const text = JSON.stringify(policy, (_, value) => value?.['Fn::Sub'] ?? value)
    return text
      .replaceAll(`\${AWS::Partition}`, 'aws-us-gov')
      .replaceAll(`\${AWS::Region}`, 'ap-southeast-7')
      .replaceAll(`\${AWS::AccountId}`, '123456789012').length
  }

  const MOST = 6_144
  const names = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'n'))
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-Ab12Cd`

  it('is in policies that IAM takes, each secret in one of them', () => {
    const secret = fc.string({ unit: fc.constantFrom('a', '/', '_', '-', '0'), minLength: 1, maxLength: 60 })
    const secrets = fc.uniqueArray(fc.oneof(secret, secret.map(arn)), { minLength: 1, maxLength: 150 })
    fc.assert(
      fc.property(
        secrets,
        fc.option(fc.constant('ap-southeast-7'), { nil: undefined }),
        (secrets, region) => {
          const schedule = entry({ secrets, ...(region && { place: { region } }) })
          const policies = documents(rotatePolicies([schedule]))
          for (const policy of policies) expect(charactersIn(policy)).toBeLessThanOrEqual(MOST)
          const all = policies.flatMap(resourcesIn).map((it) => JSON.stringify(it))
          expect(new Set(all).size).toBe(all.length)
          expect(all).toHaveLength(secrets.length)
        },
      ),
      { seed: 20261127, numRuns: 50 },
    )
  })

  it.each([
    ['names', (count: number) => names(count, 8)],
    ['ARNs', (count: number) => names(count, 20).map(arn)],
  ])('takes no more policies than it needs, and ten at most: of %s', (_, secrets) => {
    const policiesOf = (count: number) => documents(rotatePolicies([entry({ secrets: secrets(count) })]))
    const perPolicy = Math.max(...policiesOf(100).map((policy) => resourcesIn(policy).length))
    expect(perPolicy).toBeLessThan(100)
    expect(policiesOf(perPolicy)).toHaveLength(1)
    const [first, second, ...more] = policiesOf(perPolicy + 1)
    expect([first, second].map((policy) => policy && resourcesIn(policy).length)).toEqual([perPolicy, 1])
    expect(more).toEqual([])
    // Room for what surrounds the list, and for less than that.
    expect(charactersIn(first as Policy)).toBeGreaterThan(MOST - 500)

    expect(policiesOf(10 * perPolicy)).toHaveLength(10)
    expect(() => policiesOf(10 * perPolicy + 1)).toThrow(
      `${10 * perPolicy + 1} secrets need 11 IAM policies, and a role carries 10`,
    )
  })

  it('fills a policy to the last character, and not beyond', () => {
    // An ARN of 80 characters takes 83 with its quotes and comma: 68 of them are 5,644, what a list may take.
    const full = names(68, 80 - arn('').length).map(arn)
    expect(documents(rotatePolicies([entry({ secrets: full })]))).toHaveLength(1)
    const [first = '', ...rest] = full
    expect(documents(rotatePolicies([entry({ secrets: [`${first}x`, ...rest] })]))).toHaveLength(2)
  })

  it('is the same, in the same order, however the config is written', () => {
    const [a, b] = [entry({ secrets: ['b', 'a'] }), entry({ name: 'other', secrets: ['c', 'a'] })]
    const policies = rotatePolicies([a, b])
    expect(policies).toEqual(rotatePolicies([b, a]))
    expect(documents(policies).flatMap(resourcesIn)).toHaveLength(3)
  })

  it('is for a secret in each region that it is rotated in', () => {
    const schedules = [entry({ secrets: ['a'] }), entry({ secrets: ['a'], place: { region: 'eu-west-1' } })]
    expect(documents(rotatePolicies(schedules)).flatMap(resourcesIn)).toHaveLength(2)
  })

  it('and to look at them is apart from it, and allows no rotation', () => {
    const [id, ...others] = Object.keys(secretPolicies([entry()], 'Describe'))
    expect([id, others]).toEqual(['DescribeSecretsPolicy1', []])
    expect(Object.keys(rotatePolicies([entry()]))).toEqual(['RotateSecretsPolicy1'])
    expect(JSON.stringify(secretPolicies([entry()], 'Describe'))).not.toContain('RotateSecret"')
  })

  it('is no policy where there is no secret', () => {
    expect(rotatePolicies([entry({ secrets: [] })])).toEqual({})
  })
})

describe('what Lambda keeps for the functions', () => {
  it.each([
    ['a minute at least', [30], 60],
    ['the window', [1_800], 1_800],
    ['the longest of several windows', [600, 7_200, 1_800], 7_200],
    ['six hours at most', [86_400], 21_600],
  ])('a delivery is kept for %s', (_, windows, maximumEventAge) => {
    const schedules = windows.map((windowSeconds, index) => entry({ name: `s${index}`, windowSeconds }))
    const config = { stage: 'dev', version: '0', freezes: [], schedules }
    expect(capacityOf(config, {})).toEqual({ rotate: { maximumEventAge }, audit: {} })
  })

  it('capacity that is reserved for the orchestrator leaves the audit one, too', () => {
    const config = { stage: 'dev', version: '0', freezes: [], schedules: [] }
    expect(capacityOf(config, { reservedConcurrency: 20 })).toEqual({
      rotate: { maximumEventAge: 60, reservedConcurrency: 20 },
      audit: { reservedConcurrency: 1 },
    })
  })
})
