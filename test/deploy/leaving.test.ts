import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

/** The local AWS has no CloudFormation: each deploy ends there, once it has said what is asked of it here. */
const deploy = () => service.serverless(['deploy', '--stage', 'leaving'], aws.env)

describe('serverless deploy', { timeout: 120_000 }, () => {
  it('says, before anything is touched, from which rotation under way it takes the rights', async () => {
    const { stderr } = await deploy()
    expect(stderr).toContain('prod/gone is CLAIMED (nightly of 2026-11-24T03:00:00.000Z)')
    expect(stderr).not.toContain('prod/kept is')
    expect(stderr.indexOf('prod/gone is')).toBeGreaterThan(stderr.indexOf('Bundled'))
    expect(aws.calls.filter(({ service: of }) => of !== 'dynamodb' && of !== 'sts')).toEqual([])
  })

  it('goes on without rights to the ledger, and says that nobody has looked', async () => {
    aws.faults.push({
      ...{ service: 'dynamodb', action: 'Query', times: 9, kind: 'error' },
      ...{ code: 'AccessDeniedException', message: 'not authorized', status: 400 },
    })
    const { stderr } = await deploy()
    expect(stderr).toContain('could not look for rotations under way')
    expect(stderr).toContain('AccessDeniedException: not authorized')
  })
})
