import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Config } from '../config/config.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { holdUntil, type World } from './world.ts'

/** The real world's lasting part: clients are made once a process and reused, their connections kept warm. */
export function openWorld(config: Config, ledgerTable: string): Omit<World, 'executionArn' | 'log'> {
  return { config, ledger: ledgerIn(ledgerTable), secrets: realSecrets(), now: Date.now, holdUntil }
}

/** The stage's ledger. Endpoint, region and credentials come from the environment, as the SDK reads them. */
export function ledgerIn(table: string): Ledger {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  })
  return openLedger(client, table)
}

function realSecrets(): Secrets {
  return openSecrets(new SecretsManagerClient({ retryMode: 'adaptive' }))
}
