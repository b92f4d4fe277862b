import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import { createChangeCalendarReader } from '../aws/change-calendars.ts'
import type { CheckProof } from '../aws/check-caller.ts'
import { createHookInvoker } from '../aws/invoke-hook.ts'
import { createPlaceClients, type SecretsManagerClients, type SessionPurpose } from '../aws/places.ts'
import { openSecrets } from '../aws/secrets.ts'
import { settingsFor, WAITS, type Waits } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { namesOf } from '../model/resource-names.ts'
import { TOLERANCE_FACTS, tolerancesBy } from '../model/tolerances.ts'
import { type Ports, sleepUntil } from '../rotation/ports.ts'
import { type Records, recordsIn } from './records.ts'

/**
 * The ports that last: clients are made once a process and reused, their connections kept warm. `waits`: for
 * tests, which have no time for the network's own. `purpose`: of sessions in other accounts.
 */
export function openPorts(
  config: Config,
  ledgerTable = namesOf(config.stage).ledgerTable,
  { waits = WAITS, purpose = 'looks' }: { waits?: Waits; purpose?: SessionPurpose } = {},
): Omit<Ports, 'executionArn' | 'log' | 'notify'> & Records & { checkProof: CheckProof } {
  const settings = settingsFor('repeatable', waits)
  const reads = purpose === 'rotates' ? 'prompt' : 'repeatable'
  const secretsManager = (place: SecretsManagerClientConfig) => secretsManagerClients(place, waits, reads)
  const own = secretsManager({})
  const records = recordsIn(ledgerTable, { waits, purpose: reads })
  const sts = async () => {
    const { STSClient } = await import('../aws/late-sts.ts')
    return new STSClient({ ...settings })
  }
  return {
    config,
    ...records,
    readTolerances: async () => tolerancesBy(await records.facts.list(TOLERANCE_FACTS)),
    checkCaller: async (...asked) => {
      const { createCallerCheck } = await import('../aws/check-caller.ts')
      return createCallerCheck(process.env, Date.now)(...asked)
    },
    checkProof: async (...asked) => {
      const { createProofCheck } = await import('../aws/check-caller.ts')
      return createProofCheck(process.env, Date.now)(...asked)
    },
    secrets: openSecrets(own.client, own.once),
    secretsIn: createPlaceClients(config.stage, { secretsManager, sts }, purpose),
    calendarState: createChangeCalendarReader(async () => {
      const { SSMClient } = await import('../aws/late-ssm.ts')
      return new SSMClient({ ...settings })
    }),
    // A hook answers within its own limit, which `createHookInvoker` keeps.
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
function secretsManagerClients(
  place: SecretsManagerClientConfig,
  waits: Waits,
  reads: 'repeatable' | 'prompt',
): SecretsManagerClients {
  const client = new SecretsManagerClient({ ...settingsFor(reads, waits), ...place })
  const { credentials, requestHandler } = client.config
  const once = new SecretsManagerClient({
    ...settingsFor('once', waits),
    ...place,
    credentials,
    requestHandler,
  })
  return { client, once }
}
