import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { bundleVerify } from '../../src/deploy/bundle.ts'
import { VERIFY_PREFIX } from '../../src/model/resource-names.ts'
import { verifyStack } from '../../src/verify/stack.ts'

const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary'
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0'
const FULL = { id: '0123456789ab', permissionsBoundary: BOUNDARY, kmsKeyArn: KEY }

/** Properties that name a resource, by its type: what IAM binds is a name. */
const NAME_KEYS = ['AlarmName', 'FunctionName', 'LogGroupName', 'Name', 'RoleName', 'TableName', 'TopicName']

function resourcesOf(type: string, template = verifyStack(FULL)) {
  return Object.values(template.Resources).filter(({ Type }) => Type === type)
}

describe('the throw-away stack', () => {
  it('is small enough to be sent as it is', () => {
    expect(JSON.stringify(verifyStack(FULL)).length).toBeLessThan(51_200)
  })

  it('names everything that has a name by its own prefix', () => {
    const unnamed: string[] = []
    for (const [id, { Type, Properties }] of Object.entries(verifyStack(FULL).Resources)) {
      if (/Permission|Subscription|RotationSchedule/.test(Type)) continue
      const name = NAME_KEYS.map((key) => Properties[key]).find((it) => typeof it === 'string')
      if (!String(name).replace('/aws/lambda/', '').startsWith(`${VERIFY_PREFIX}${FULL.id}`)) unnamed.push(id)
    }
    expect(unnamed).toEqual([])
  })

  it('puts the stage’s boundary on every role, and its key on all that takes one', () => {
    for (const { Properties } of resourcesOf('AWS::IAM::Role'))
      expect(Properties.PermissionsBoundary).toBe(BOUNDARY)
    const keyed = [
      ...['AWS::SecretsManager::Secret', 'AWS::Lambda::Function', 'AWS::SNS::Topic', 'AWS::DynamoDB::Table'],
    ].flatMap((type) => resourcesOf(type))
    for (const resource of keyed) expect(JSON.stringify(resource)).toContain(KEY)
    expect(JSON.stringify(verifyStack({ id: 'a' }))).not.toMatch(/PermissionsBoundary|kms:/)
  })

  it('lets no role read a value, and none touch a secret that is not the stack’s', () => {
    for (const role of resourcesOf('AWS::IAM::Role')) {
      const statements = statementsOf(role)
      const denied = statements.filter(({ Effect }) => Effect === 'Deny').flatMap(({ Action }) => Action)
      expect(denied).toContain('secretsmanager:GetSecretValue')
      for (const { Effect, Action, Resource } of statements) {
        if (Effect === 'Deny' || !Action.some((it) => it.startsWith('secretsmanager:'))) continue
        for (const it of Resource)
          expect(it).toEqual({ Ref: expect.stringMatching(/^Secret(Ok|Done|Slow|Fails|Without)$/) })
      }
    }
  })

  it('gives each function what it does, and nothing more', () => {
    const template = verifyStack({ id: 'a' })
    const actionsOf = (role: string) =>
      statementsOf(template.Resources[role])
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action }) => Action)
        .filter((it) => !it.startsWith('logs:'))
        .sort()
    const roles = Object.keys(template.Resources).filter((it) => it.endsWith('Role'))
    const checkpoint = ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState']
    const rotate = ['secretsmanager:DescribeSecret', 'secretsmanager:RotateSecret']
    expect(Object.fromEntries(roles.map((it) => [it, actionsOf(it)]))).toEqual({
      RotationRole: [
        ...['dynamodb:PutItem', 'secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue'],
        'secretsmanager:UpdateSecretVersionStage',
      ],
      ProbeRole: ['events:PutEvents', 'lambda:InvokeFunction', ...rotate, 'sns:Publish'],
      ProbeWithoutRole: rotate,
      SeenRole: ['dynamodb:PutItem'],
      DurableRole: ['dynamodb:PutItem', ...checkpoint, 'lambda:InvokeFunction'].sort(),
      DurableTooRole: ['dynamodb:PutItem', ...checkpoint, 'sns:Publish'],
      DurableWaitsRole: ['dynamodb:PutItem', ...checkpoint],
      SchedulerRole: ['lambda:InvokeFunction'],
    })
  })

  it('leaves one role without the right whose need is in question', () => {
    const { ProbeRole, ProbeWithoutRole } = verifyStack(FULL).Resources
    expect(JSON.stringify(ProbeRole)).toContain('lambda:InvokeFunction')
    expect(JSON.stringify(ProbeWithoutRole)).not.toContain('lambda:InvokeFunction')
  })
})

type Statement = { Effect: string; Action: string[]; Resource: unknown[] }

function statementsOf(role: { Properties: object } | undefined): Statement[] {
  const { Policies = [] } = (role?.Properties ?? {}) as {
    Policies?: { PolicyDocument: { Statement: Statement[] } }[]
  }
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

it('the code has every handler that the template names, and loads with nothing beside it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-verify-'))
  try {
    const files = unzipSync(await bundleVerify())
    expect(Object.keys(files)).toEqual(['index.mjs'])
    await writeFile(join(directory, 'index.mjs'), files['index.mjs'] ?? '')
    const script = `const it = await import(${JSON.stringify(join(directory, 'index.mjs'))}); console.log(JSON.stringify(Object.keys(it)))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { LAMBDA_TASK_ROOT: directory, AWS_REGION: 'us-east-1' },
    })
    const handlers = resourcesOf('AWS::Lambda::Function').map(({ Properties }) => Properties.Handler)
    expect(new Set(handlers)).toEqual(new Set((JSON.parse(stdout) as string[]).map((it) => `index.${it}`)))
  } finally {
    await rm(directory, { recursive: true })
  }
})
