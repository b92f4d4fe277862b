import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Osls } from '../../src/deploy/osls.ts'
import TourbillonPlugin from '../../src/deploy/plugin.ts'
import { openLedger } from '../../src/ledger/ledger.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { tableDefinition } from '../../src/ledger/table.ts'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { aClaim } from '../ledger/table.ts'
import { type Service, serviceCopy } from './service.ts'

const CONFIG = `defaults: { timezone: UTC }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [prod/kept] }
`
const TableName = namesOf('leaving').ledgerTable

let aws: LocalAws
let service: Service
beforeAll(async () => {
  aws = await startLocalAws()
  service = await serviceCopy()
  await service.writeConfig('leaving', CONFIG)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint: aws.endpoint, region: 'eu-central-1', credentials })
  await client.send(new CreateTableCommand({ ...tableDefinition, TableName }))
  const ledger = openLedger(openTable(DynamoDBDocumentClient.from(client), TableName))
  await ledger.claim(aClaim({ secret: 'prod/gone' }))
  await ledger.claim(aClaim({ secret: 'prod/kept' }))
})
afterAll(async () => {
  await service.remove()
  await aws.stop()
})

describe('serverless deploy', () => {
  it('says, before anything is touched, from which rotation under way it takes the rights', async () => {
    // The local AWS makes no change sets: the deploy ends there, once it has said what is asked of it here.
    const { stderr } = await service.serverless(['deploy', '--stage', 'leaving'], aws.env)
    expect(stderr).toContain('prod/gone is CLAIMED (nightly of 2026-11-24T03:00:00.000Z)')
    expect(stderr).not.toContain('prod/kept is')
    expect(stderr.indexOf('prod/gone is')).toBeGreaterThan(stderr.indexOf('Bundled'))
    const asked = aws.calls.filter(({ service: of }) => of !== 'dynamodb' && of !== 'sts')
    expect(asked.map(({ action }) => action)).toEqual(['DescribeStacks', 'CreateChangeSet'])
    expect(aws.stacks.size).toBe(0)
  })

  it('goes on without rights to the ledger, and says that nobody has looked', async () => {
    aws.faults.push({
      ...{ service: 'dynamodb', action: 'Query', times: 9, kind: 'error' },
      ...{ code: 'AccessDeniedException', message: 'not authorized', status: 400 },
    })
    Object.assign(process.env, aws.env)
    const warnings: string[] = []
    const plugin = new TourbillonPlugin(
      osls(),
      {},
      { log: { warning: (it) => warnings.push(it), notice() {} } },
    )
    await plugin.asyncInit()
    await plugin.hooks['before:package:cleanup']?.()
    await plugin.hooks['before:deploy:deploy']?.()
    expect(warnings.join('\n')).toContain('could not look for rotations under way')
    expect(warnings.join('\n')).toContain('AccessDeniedException: not authorized')
  })
})

/** As much of osls as the plugin touches. */
function osls(): Osls {
  return {
    serviceDir: service.directory,
    configurationFilename: 'serverless.yml',
    configurationInput: {},
    extendConfiguration() {},
    processedInput: { commands: ['deploy'] },
    service: { service: 'tourbillon', provider: {}, functions: {} },
    getProvider: () => ({
      getStage: () => 'leaving',
      getRegion: () => 'eu-central-1',
      getAwsSdkV3Config: async () => ({}),
      getAwsSdkV3CredentialsProvider: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
      naming: { getLambdaDurableAliasName: () => '' },
    }),
    classes: { Error },
  }
}
