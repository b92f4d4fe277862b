import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { asksCalendars } from '../aws/change-calendars.ts'
import { invokesHooks } from '../aws/invoke-hook.ts'
import { opensPlaces, type SecretsManagerClients } from '../aws/places.ts'
import { openSecrets } from '../aws/secrets.ts'
import { settingsFor, WAITS, type Waits } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { type Approvals, openApprovals } from '../ledger/approvals.ts'
import { type AuditStates, openAuditStates } from '../ledger/audit-state.ts'
import { type Deliveries, openDeliveries } from '../ledger/deliveries.ts'
import { type Holds, openHolds } from '../ledger/holds.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { openTold, type Told } from '../ledger/notified-findings.ts'
import { openPolicies, type Policies } from '../ledger/policies.ts'
import { openRequests, type Requests } from '../ledger/requests.ts'
import { openWaves, type Waves } from '../ledger/waves.ts'
import { holdUntil, type World } from '../rotation/ports.ts'

/**
 * The real world's lasting part: clients are made once a process and reused, their connections kept warm. `waits`: for
 * tests, which have no time for the network's own.
 */
export function openWorld(
  config: Config,
  ledgerTable: string,
  waits: Waits = WAITS,
): Omit<World, 'executionArn' | 'log' | 'tell'> & ReturnType<typeof recordsIn> {
  const settings = settingsFor('repeatable', waits)
  const secretsManager = (place: SecretsManagerClientConfig) => secretsManagerClients(place, waits)
  const own = secretsManager({})
  return {
    config,
    ...recordsIn(ledgerTable, { waits }),
    secrets: openSecrets(own.client, own.once),
    secretsIn: opensPlaces(config.stage, {
      secretsManager,
      async sts() {
        const { STSClient } = await import('@aws-sdk/client-sts')
        return new STSClient({ ...settings })
      },
    }),
    calendarState: asksCalendars(async () => {
      const { SSMClient } = await import('@aws-sdk/client-ssm')
      return new SSMClient({ ...settings })
    }),
    // A hook answers within its own limit, which `invokesHooks` keeps.
    invokeHook: invokesHooks(
      new LambdaClient({ ...settingsFor('repeatable', { ...waits, answerMs: Number.POSITIVE_INFINITY }) }),
    ),
    now: Date.now,
    holdUntil,
  }
}

/**
 * The client that sends a call once shares credentials and connections with the other: the look before a rotation
 * leaves an open one for it.
 */
function secretsManagerClients(place: SecretsManagerClientConfig, waits: Waits): SecretsManagerClients {
  const client = new SecretsManagerClient({ ...settingsFor('repeatable', waits), ...place })
  const { credentials, requestHandler } = client.config
  const once = new SecretsManagerClient({
    ...settingsFor('once', waits),
    ...place,
    credentials,
    requestHandler,
  })
  return { client, once }
}

/** What a stage's table keeps. Endpoint, region and credentials come from the environment, as the SDK reads them. */
export function recordsIn(
  table: string,
  { waits = WAITS, purpose = 'repeatable' }: { waits?: Waits; purpose?: 'repeatable' | 'patient' } = {},
): {
  ledger: Ledger
  holds: Holds
  waves: Waves
  approvals: Approvals
  requests: Requests
  policies: Policies
  states: AuditStates
  told: Told
  deliveries: Deliveries
} {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...settingsFor(purpose, waits) }), {
    marshallOptions: { removeUndefinedValues: true },
  })
  return {
    ledger: openLedger(client, table),
    holds: openHolds(client, table),
    waves: openWaves(client, table),
    approvals: openApprovals(client, table),
    requests: openRequests(client, table),
    policies: openPolicies(client, table),
    states: openAuditStates(client, table),
    told: openTold(client, table),
    deliveries: openDeliveries(client, table),
  }
}

export function ledgerIn(table: string): Ledger {
  return recordsIn(table).ledger
}

/** The same by a client of others' settings: their credentials and region, not the environment's. */
export function ledgerElsewhere(
  table: string,
  settings: Pick<DynamoDBClientConfig, 'region' | 'credentials'>,
): Ledger {
  const client = new DynamoDBClient({ ...settingsFor('repeatable'), ...settings })
  return openLedger(DynamoDBDocumentClient.from(client), table)
}
