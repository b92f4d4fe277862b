import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { createCalendarReader } from '../aws/change-calendars.ts'
import { createHookInvoker } from '../aws/invoke-hook.ts'
import { createPlaceClients, type SecretsManagerClients } from '../aws/places.ts'
import { openSecrets } from '../aws/secrets.ts'
import { settingsFor, WAITS, type Waits } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { type Approvals, openApprovals } from '../ledger/approvals.ts'
import { type AuditStates, openAuditStates } from '../ledger/audit-state.ts'
import { type Deliveries, openDeliveries } from '../ledger/deliveries.ts'
import { type Holds, openHolds } from '../ledger/holds.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { type NotifiedFindings, openNotifiedFindings } from '../ledger/notified-findings.ts'
import { openPolicies, type Policies } from '../ledger/policies.ts'
import { openRequests, type Requests } from '../ledger/requests.ts'
import { openWaves, type Waves } from '../ledger/waves.ts'
import { type Ports, sleepUntil } from '../rotation/ports.ts'

/**
 * The real world's lasting part: clients are made once a process and reused, their connections kept warm. `waits`: for
 * tests, which have no time for the network's own.
 */
export function openPorts(
  config: Config,
  ledgerTable: string,
  waits: Waits = WAITS,
): Omit<Ports, 'executionArn' | 'log' | 'notify'> & ReturnType<typeof recordsIn> {
  const settings = settingsFor('repeatable', waits)
  const secretsManager = (place: SecretsManagerClientConfig) => secretsManagerClients(place, waits)
  const own = secretsManager({})
  return {
    config,
    ...recordsIn(ledgerTable, { waits }),
    secrets: openSecrets(own.client, own.once),
    secretsIn: createPlaceClients(config.stage, {
      secretsManager,
      async sts() {
        const { STSClient } = await import('@aws-sdk/client-sts')
        return new STSClient({ ...settings })
      },
    }),
    calendarState: createCalendarReader(async () => {
      const { SSMClient } = await import('@aws-sdk/client-ssm')
      return new SSMClient({ ...settings })
    }),
    // A hook answers within its own limit, which `invokesHooks` keeps.
    invokeHook: createHookInvoker(
      new LambdaClient({ ...settingsFor('repeatable', { ...waits, answerMs: Number.POSITIVE_INFINITY }) }),
    ),
    now: Date.now,
    sleepUntil,
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
  told: NotifiedFindings
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
    told: openNotifiedFindings(client, table),
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
