import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { namesOf } from '../../src/model/resource-names.ts'
import { type Service, serviceCopy, templateIn } from './service.ts'

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary'

const CONFIG = `
stage:
  kmsKeyArn: ${KEY}
  permissionsBoundary: ${BOUNDARY}
  vpc: { securityGroupIds: [sg-0123abcd], subnetIds: [subnet-0123abcd] }
defaults: { timezone: UTC }
schedules: { nightly: { when: cron(0 3 * * ? *), secrets: [dev/db] } }
`

/** A service whose serverless.yml is the project's own, with these lines more. */
async function serviceWith(lines: string, { service: name = 'tourbillon' } = {}): Promise<Service> {
  const service = await serviceCopy(
    (text) => `${text.replace('service: tourbillon', `service: ${name}`)}${lines}`,
  )
  onTestFinished(() => service.remove())
  await service.writeConfig('dev', CONFIG)
  return service
}

describe('a serverless.yml', () => {
  it('may have functions, resources and a name of its own beside Tourbillon’s', async () => {
    const service = await serviceWith(
      `  runtime: python3.13
  environment: { HTTPS_PROXY: http://proxy.internal:3128 }
  layers: [arn:aws:lambda:eu-central-1:111122223333:layer:mine:1]
package: { patterns: ['!**', mine.py] }
functions:
  mine: { handler: mine.handler, timeout: 7 }
resources:
  Resources:
    MyTopic: { Type: AWS::SNS::Topic }
`,
      { service: 'secrets' },
    )
    await writeFile(join(service.directory, 'mine.py'), 'def handler(event, context): pass\n')
    const { code, stderr } = await service.serverless(['package', '--stage', 'dev'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { Resources } = await templateIn(service)
    const names = namesOf('dev')
    const functions = Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => [Properties.FunctionName, Properties.Runtime, Properties.Handler])
    expect(functions).toEqual([
      ['secrets-dev-mine', 'python3.13', 'mine.handler'],
      [names.rotateFunction, 'nodejs24.x', 'index.handler'],
      [names.rotateNowFunction, 'nodejs24.x', 'index.handler'],
      [names.auditFunction, 'nodejs24.x', 'index.handler'],
      [names.observeFunction, 'nodejs24.x', 'index.handler'],
    ])
    // What the stage says reaches all of it, the user's own function, role and log too.
    const having = (type: string, path: (it: Record<string, unknown>) => unknown) =>
      Object.values(Resources)
        .filter(({ Type }) => Type === type)
        .map(({ Properties }) => path(Properties))
    expect(having('AWS::Lambda::Function', ({ KmsKeyArn }) => KmsKeyArn)).toEqual(Array(5).fill(KEY))
    expect(having('AWS::Logs::LogGroup', ({ KmsKeyId }) => KmsKeyId)).toEqual(Array(5).fill(KEY))
    expect(having('AWS::Logs::LogGroup', ({ RetentionInDays }) => RetentionInDays)).toEqual(
      Array(5).fill(400),
    )
    expect(having('AWS::Lambda::Function', ({ VpcConfig }) => VpcConfig)).toEqual(
      Array(5).fill({ SecurityGroupIds: ['sg-0123abcd'], SubnetIds: ['subnet-0123abcd'] }),
    )
    // What runs in a function has its role: a layer for Python is none of ours.
    expect(having('AWS::Lambda::Function', ({ Layers }) => Layers)).toEqual([
      ['arn:aws:lambda:eu-central-1:111122223333:layer:mine:1'],
      ...Array(4).fill([]),
    ])
    expect(having('AWS::IAM::Role', (it) => it.PermissionsBoundary)).toEqual(Array(6).fill(BOUNDARY))
    expect(Resources.MyTopic).toEqual({ Type: 'AWS::SNS::Topic' })
    expect(Resources.AuditLambdaFunction?.Properties.Environment).toMatchObject({
      Variables: { HTTPS_PROXY: 'http://proxy.internal:3128', TOURBILLON_ALERT_TOPIC: { Ref: 'AlertTopic' } },
    })
  })

  it('may list its functions', async () => {
    const service = await serviceWith('functions:\n  - mine: { handler: mine.handler }\n')
    const { code, stdout } = await service.serverless(['print', '--stage', 'dev'])
    expect(code).toBe(0)
    expect(stdout).toContain('mine.handler')
    expect(stdout).toContain(namesOf('dev').observeFunction)
  })

  it.each([
    [
      'a function of a name of ours',
      'functions: { audit: { handler: mine.handler } }',
      'functions.audit: Tourbillon makes',
    ],
    ['functions that are no map', 'functions: some', 'functions: a map is expected'],
  ])('is refused with %s', async (_, line, message) => {
    const service = await serviceWith(`${line}\n`)
    const { code, stdout, stderr } = await service.serverless(['package', '--stage', 'dev'])
    expect(code).toBe(1)
    expect(stdout).toContain(message)
    expect(stdout + stderr).not.toContain('plugin.ts')
  })

  it('knows the functions though the config is broken, and deploys none of them alone', async () => {
    const service = await serviceWith('')
    await service.writeConfig('dev', 'schedules: [')
    const printed = await service.serverless(['print', '--stage', 'dev'])
    expect(printed.stdout).toContain(namesOf('dev').rotateNowFunction)
    await service.writeConfig('dev', 'schedules: 7')
    const alone = await service.serverless(['deploy', 'function', '-f', 'rotate', '--stage', 'dev'])
    expect(alone.code).toBe(1)
    expect(alone.stdout).toContain('rotate is deployed with its stage, never alone')
    expect(alone.stdout).toContain('npx serverless deploy --stage dev')
  })
})
