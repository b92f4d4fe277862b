import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Config } from '../config/config.ts'
import { type Approvals, openApprovals } from '../ledger/approvals.ts'
import { type AuditStates, openAuditStates } from '../ledger/audit-state.ts'
import { type Holds, openHolds } from '../ledger/holds.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { openRequests, type Requests } from '../ledger/requests.ts'
import { openTold, type Told } from '../ledger/told.ts'
import { openWaves, type Waves } from '../ledger/waves.ts'
import { asksCalendars } from './change-calendar.ts'
import { invokesHooks } from './invoke-hook.ts'
import { opensPlaces } from './places.ts'
import { openSecrets } from './secrets.ts'
import { holdUntil, type World } from './world.ts'

/** The real world's lasting part: clients are made once a process and reused, their connections kept warm. */
export function openWorld(
  config: Config,
  ledgerTable: string,
): Omit<World, 'executionArn' | 'log' | 'tell'> & ReturnType<typeof recordsIn> {
  return {
    config,
    ...recordsIn(ledgerTable),
    secrets: openSecrets(new SecretsManagerClient({ retryMode: 'adaptive' })),
    secretsIn: opensPlaces(config.stage, {
      secretsManager: (settings) => new SecretsManagerClient({ ...settings, retryMode: 'adaptive' }),
      async sts() {
        const { STSClient } = await import('@aws-sdk/client-sts')
        return new STSClient({})
      },
    }),
    calendarState: asksCalendars(async () => {
      const { SSMClient } = await import('@aws-sdk/client-ssm')
      return new SSMClient({ retryMode: 'adaptive' })
    }),
    invokeHook: invokesHooks(new LambdaClient({})),
    now: Date.now,
    holdUntil,
  }
}

/** What a stage's table keeps. Endpoint, region and credentials come from the environment, as the SDK reads them. */
export function recordsIn(table: string): {
  ledger: Ledger
  holds: Holds
  waves: Waves
  approvals: Approvals
  requests: Requests
  states: AuditStates
  told: Told
} {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  })
  return {
    ledger: openLedger(client, table),
    holds: openHolds(client, table),
    waves: openWaves(client, table),
    approvals: openApprovals(client, table),
    requests: openRequests(client, table),
    states: openAuditStates(client, table),
    told: openTold(client, table),
  }
}

export function ledgerIn(table: string): Ledger {
  return recordsIn(table).ledger
}
