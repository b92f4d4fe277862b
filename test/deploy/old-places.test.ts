import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { oldPlace } from '../../src/deploy/old-places.ts'
import type { Osls } from '../../src/deploy/osls.ts'

/** What is refused of a serverless.yml, as osls has read it: it fills a region in. */
async function refusalOf(text: string, file = 'serverless.yml'): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-old-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, file), text)
  const { provider = {}, ...read } = parse(text) as { provider?: object }
  const configurationInput = { ...read, provider: { region: 'us-east-1', ...provider } }
  const osls = { serviceDir: directory, configurationFilename: file, configurationInput } as unknown as Osls
  return (await oldPlace(osls, 'config/prod.yml'))?.message
}

describe('serverless.yml', () => {
  it.each([
    [
      'custom: { tourbillon: { config: config/prod.yml } }',
      'custom.tourbillon',
      'write it under stage: in config/prod.yml',
    ],
    [
      'params: { default: { rotationFunctions: [x] } }',
      'params.default.rotationFunctions',
      'as rotationFunctions: under stage:',
    ],
    ['params: { prod: { alertEmails: [] } }', 'params.prod.alertEmails', 'as alertEmails: under stage:'],
    [
      'params: { prod: { deletionProtection: true } }',
      'params.prod.deletionProtection',
      'as disposable: under stage:',
    ],
    [
      'params: { prod: { logRetentionInDays: 400 } }',
      'params.prod.logRetentionInDays',
      'as logRetentionInDays:',
    ],
    [
      'params: { prod: { reservedConcurrency: 9 } }',
      'params.prod.reservedConcurrency',
      'as reservedConcurrency:',
    ],
    ['params: { prod: { vpc: { subnetIds: [] } } }', 'params.prod.vpc', 'as vpc: under stage:'],
    ['provider: { region: us-east-1 }', 'provider.region', 'as region: under stage:'],
    ['provider: { vpc: { subnetIds: [] } }', 'provider.vpc', 'as vpc: under stage:'],
    ['provider: { kmsKeyArn: x }', 'provider.kmsKeyArn', 'as kmsKeyArn: under stage:'],
    ['provider: { logRetentionInDays: 7 }', 'provider.logRetentionInDays', 'as logRetentionInDays: under'],
    [
      'provider: { iam: { role: { permissionsBoundary: x } } }',
      'provider.iam.role.permissionsBoundary',
      'as permissionsBoundary:',
    ],
    [
      'provider: { rolePermissionsBoundary: x }',
      'provider.rolePermissionsBoundary',
      'as permissionsBoundary:',
    ],
    ['provider: { tracing: { lambda: true } }', 'provider.tracing.lambda', 'on functions of your own'],
    ['provider: { iam: { role: { statements: [] } } }', 'provider.iam.role', 'there are none'],
  ])('says where it goes now, or that it would do nothing: %s', async (text, where, what) => {
    const refusal = await refusalOf(text)
    expect(refusal).toContain(`serverless.yml: ${where}: `)
    expect(refusal?.split('hint: ')[1]).toContain(what)
  })

  it.each([
    '{}',
    'provider: { name: aws, stage: prod, environment: { HTTPS_PROXY: x }, tags: { a: b } }',
    'functions: { mine: { handler: x } }\nprovider: { iam: { role: { statements: [] } } }',
    'custom: { mine: 1 }\nparams: { prod: { mine: 2 } }\nfunctions: !Sub x',
  ])('is fine otherwise: %s', async (text) => {
    expect(await refusalOf(text)).toBeUndefined()
  })

  it('of another kind has a region where it is not the one that osls fills in', async () => {
    expect(await refusalOf('provider: { region: eu-west-1 }', 'serverless.ts')).toContain('provider.region')
    expect(await refusalOf('{}', 'serverless.ts')).toBeUndefined()
  })
})
