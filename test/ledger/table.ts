import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { type Claim, type Ledger, openLedger } from '../../src/ledger/ledger.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { tableDefinition } from '../../src/ledger/table.ts'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'

export const TABLE = 'tourbillon-test-ledger'

/** A ledger in the local DynamoDB, which can fail on purpose. */
export async function localLedger(): Promise<{
  aws: LocalAws
  client: DynamoDBDocumentClient
  ledger: Ledger
}> {
  const aws = await startLocalAws()
  const dynamodb = new DynamoDBClient({
    endpoint: aws.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  await dynamodb.send(new CreateTableCommand({ ...tableDefinition, TableName: TABLE }))
  const client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })
  return { aws, client, ledger: openLedger(openTable(client, TABLE)) }
}

let count = 0

/** A claim of its own: only what matters to the test is given. */
export function aClaim(parts: Partial<Claim> = {}): Claim {
  const secret = parts.secret ?? `prod/${count}/db`
  return {
    rotationId: `rotation-${count++}`,
    schedule: 'nightly',
    secret,
    secretName: secret,
    scheduledAt: '2026-11-24T03:00:00.000Z',
    trigger: 'SCHEDULE',
    claimedAt: '2026-11-24T03:00:01.000Z',
    executionArn: 'execution-one',
    configVersion: '0123456789ab',
    ...parts,
  }
}
