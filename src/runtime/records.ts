import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { settingsFor, WAITS, type Waits } from '../aws/settings.ts'
import { openApprovals } from '../ledger/approvals.ts'
import { openAuditStates } from '../ledger/audit-state.ts'
import { openCallers } from '../ledger/callers.ts'
import { openDeliveries } from '../ledger/deliveries.ts'
import { openExceptions } from '../ledger/exceptions.ts'
import { openFacts } from '../ledger/facts.ts'
import { openHolds } from '../ledger/holds.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { openMoves } from '../ledger/moves.ts'
import { openNotices } from '../ledger/notices.ts'
import { openNotifiedFindings } from '../ledger/notified-findings.ts'
import { openTable, type Table } from '../ledger/open-table.ts'
import { openPolicies } from '../ledger/policies.ts'
import { openProofs } from '../ledger/proofs.ts'
import { openReaders } from '../ledger/readers.ts'
import { openRequests } from '../ledger/requests.ts'
import { openWaves } from '../ledger/waves.ts'
import { namesOf } from '../model/resource-names.ts'

const STORES = {
  ledger: openLedger,
  holds: openHolds,
  exceptions: openExceptions,
  moves: openMoves,
  waves: openWaves,
  approvals: openApprovals,
  callers: openCallers,
  proofs: openProofs,
  requests: openRequests,
  policies: openPolicies,
  states: openAuditStates,
  notifiedFindings: openNotifiedFindings,
  notices: openNotices,
  deliveries: openDeliveries,
  facts: openFacts,
  readers: openReaders,
}

export type Records = { [Name in keyof typeof STORES]: ReturnType<(typeof STORES)[Name]> }

/**
 * What a stage's table keeps: each store is opened as it is first asked for. Endpoint, region and credentials come from
 * the environment, as the SDK reads them.
 */
export function recordsIn(
  tableName: string,
  {
    waits = WAITS,
    purpose = 'repeatable',
  }: { waits?: Waits; purpose?: 'repeatable' | 'prompt' | 'patient' } = {},
): Records {
  const table = tableOf(new DynamoDBClient({ ...settingsFor(purpose, waits) }), tableName)
  const stores = Object.entries(STORES).map(([name, open]) => {
    let store: ReturnType<typeof open> | undefined
    return [name, { enumerable: true, get: () => (store ??= open(table)) }] as const
  })
  return Object.defineProperties({}, Object.fromEntries(stores)) as Records
}

/** As a stage's deploy calls its table. */
export function recordsOf(stage: string, settings: Parameters<typeof recordsIn>[1] = {}): Records {
  return recordsIn(namesOf(stage).ledgerTable, settings)
}

/** The same by a client of others' settings: their credentials and region, not the environment's. */
export function ledgerElsewhere(
  tableName: string,
  settings: Pick<DynamoDBClientConfig, 'region' | 'credentials'>,
): Ledger {
  return openLedger(tableOf(new DynamoDBClient({ ...settingsFor('repeatable'), ...settings }), tableName))
}

function tableOf(client: DynamoDBClient, name: string): Table {
  const marshallOptions = { removeUndefinedValues: true }
  return openTable(DynamoDBDocumentClient.from(client, { marshallOptions }), name)
}
