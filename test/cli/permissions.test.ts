import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tourbillon } from './tourbillon.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'permissions-'))
  await writeFile(
    join(directory, 'prod.yml'),
    `defaults: { timezone: UTC }
schedules:
  one: { when: cron(0 3 ? * SUN *), secrets: [prod/orders/db] }
`,
  )
  await writeFile(
    join(directory, 'placed.yml'),
    `stage:
  account: '123456789012'
  region: cn-north-1
  kmsKeyArn: arn:aws-cn:kms:cn-north-1:123456789012:key/1234
defaults: { timezone: UTC }
schedules:
  one: { when: cron(0 3 ? * SUN *), secrets: [placed/orders/db] }
`,
  )
  const many = Array.from({ length: 300 }, (_, index) => `prod/a-rather-long-name-of-a-secret/${index}`)
  await writeFile(
    join(directory, 'many.yml'),
    `defaults: { timezone: UTC }
schedules:
  all: { when: cron(0 3 ? * SUN *), secrets: [${many.join(', ')}] }
`,
  )
})
afterAll(() => rm(directory, { recursive: true }))

/** Without credentials, region or endpoint. */
const permissions = (stage: string, ...args: string[]) =>
  tourbillon(['permissions', ...args, '--config', join(directory, `${stage}.yml`)], { env: {} })

describe('permissions', () => {
  it('prints a policy as IAM takes it, on this stage’s own; what is beside it, beside it', async () => {
    const { stdout, stderr, code } = await permissions('prod', 'auditor')
    expect(code).toBe(0)
    const { Version, Statement } = JSON.parse(stdout)
    expect(Version).toBe('2012-10-17')
    expect(Statement).toContainEqual({
      Sid: 'IndexesOfTheLedger',
      Effect: 'Allow',
      Action: ['dynamodb:Query'],
      Resource: ['arn:aws:dynamodb:REGION:ACCOUNT:table/tourbillon-prod-ledger/index/*'],
    })
    expect(Statement.at(-1)).toMatchObject({ Effect: 'Deny' })
    expect(stderr).toContain('note: replace ACCOUNT, or say it in the config')
    expect(stderr).toMatch(/tourbillon-prod-auditor: report, history, show \(\d+ of 6144 characters\)/)
  })

  it('goes by what stands under stage: account, region, and a key of one’s own', async () => {
    const { stdout, stderr } = await permissions('placed', 'reader')
    expect(stderr).not.toContain('note: replace')
    expect(stdout).toContain('arn:aws-cn:dynamodb:cn-north-1:123456789012:table/tourbillon-placed-ledger')
    expect(JSON.parse(stdout).Statement).toContainEqual({
      Sid: 'ReadTableWithKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:DescribeKey'],
      Resource: ['arn:aws-cn:kms:cn-north-1:123456789012:key/1234'],
      Condition: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
    })
  })

  it('prints several where one would be too large, each of a size that IAM takes', async () => {
    const { stdout, stderr } = await permissions('many', 'auditor', '--json')
    const { documents } = JSON.parse(stdout)
    expect(documents.length).toBeGreaterThan(3)
    // A role carries ten.
    const full = documents.filter(({ characters }: { characters: number }) => characters > 6_144 - 250)
    expect(full.length).toBeGreaterThanOrEqual(documents.length - 1)
    const secrets = new Set<string>()
    for (const { name, policy, characters } of documents) {
      expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6_144)
      expect(characters).toBe(JSON.stringify(policy).length)
      expect(name).toMatch(/^tourbillon-many-auditor-\d+$/)
      expect(policy.Statement.at(-1)).toMatchObject({ Sid: 'NeverReadSecrets', Effect: 'Deny' })
      const sids = policy.Statement.map(({ Sid }: { Sid: string }) => Sid)
      expect(new Set(sids).size).toBe(sids.length)
      for (const { Resource } of policy.Statement) for (const it of Resource) secrets.add(it)
    }
    expect([...secrets].filter((it) => it.includes(':secret:'))).toHaveLength(300)
    expect(stderr).not.toContain('--document')
    const second = await permissions('many', 'auditor', '--document', '2')
    expect(JSON.parse(second.stdout)).toEqual(documents[1].policy)
    expect((await permissions('many', 'auditor')).stderr).toContain('note: --document N prints one of them')
    const beyond = await permissions('many', 'auditor', '--document', '99')
    expect([beyond.code, beyond.stderr]).toEqual([
      2,
      expect.stringContaining('--document 99: a whole number from 1 to'),
    ])
  })

  it('prints a template that makes them in whichever account', async () => {
    const { stdout, stderr, code } = await permissions('prod', 'approver', '--format', 'cloudformation')
    expect([stderr, code]).toEqual(['', 0])
    const { Resources, Outputs } = JSON.parse(stdout)
    expect(Resources.Policy1).toMatchObject({
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: 'tourbillon-prod-approver' },
    })
    expect(stdout).toContain(
      `"Fn::Sub": "arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:tourbillon-prod-rotate:*/durable-execution/*"`,
    )
    expect(Outputs.Policy1.Value).toEqual({ Ref: 'Policy1' })
  })

  it('names the stack as serverless.yml does, or as it is told; it guesses no name', async () => {
    const file = join(directory, 'prod.yml')
    const deployer = (cwd: string, ...args: string[]) =>
      tourbillon(['permissions', 'deployer', '--config', file, ...args], { env: {}, cwd })
    const nowhere = await deployer(directory)
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      'tourbillon: what is the stack called? there is no serverless.yml here\n    hint: run it where serverless.yml is, or add --stack NAME\n',
    ])
    const there = await mkdtemp(join(directory, 'there-'))
    await writeFile(join(there, 'serverless.yml'), 'service: our-rotations # ours\nprovider: { name: aws }\n')
    expect((await deployer(there)).stdout).toContain('stack/our-rotations-prod/*')
    expect((await deployer(there, '--stack', 'another')).stdout).toContain(':role/another-RotateRole-*')
    await writeFile(join(there, 'serverless.yml'), 'service: $' + '{env:SERVICE}\n')
    expect((await deployer(there)).stderr).toContain('serverless.yml does not tell it plainly')
    expect((await deployer(there, '--stack', 'a b')).stderr).toContain("--stack a b is no stack's name")
  })

  it.each([
    [[], 'whose?', 'one of '],
    [['reder'], 'no role "reder"', 'did you mean "reader"?'],
    [['reader', 'auditor'], 'unexpected "auditor"', 'one role at a time'],
    [['reader', '--format', 'yaml'], '--format yaml: no such format', 'json or cloudformation'],
    [['reader', '--format', 'cloudformation', '--json'], 'a template is one document', 'leave out --json'],
  ])('%j is no question', async (args, what, hint) => {
    const { code, stderr } = await permissions('prod', ...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(what)])
    expect(stderr).toContain(`hint: ${hint}`)
  })
})
