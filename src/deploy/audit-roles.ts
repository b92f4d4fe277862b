import type { Config } from '../config/config.ts'
import { namesOf } from '../model/resource-names.ts'
import { ownSchedules } from './places.ts'
import { LAMBDA, role } from './role.ts'
import { describePolicies } from './secret-policies.ts'
import {
  invoke,
  keepLedger,
  NEVER_READ_SECRETS,
  queryLedger,
  type Statement,
  writeLogs,
} from './statements.ts'
import { IDS, ownArn, type Resources, ref } from './template.ts'

/**
 * Roles of what watches: they look at secrets and keep the ledger, and cannot rotate. The audit may start the
 * orchestrator, which asks its gates.
 */
export function auditRoles(
  config: Config,
  {
    network,
    selected,
    members,
    announce,
  }: { network: Statement[]; selected: Statement[]; members: Statement[]; announce: Statement[] },
): Resources {
  const names = namesOf(config.stage)
  const secrets = describePolicies(ownSchedules(config))
  const watcher = (functionName: string, statements: Statement[]) =>
    role(
      LAMBDA,
      [
        writeLogs(functionName),
        keepLedger(names.ledgerTable),
        queryLedger(names.ledgerTable),
        ...statements,
        ...network,
        NEVER_READ_SECRETS,
      ],
      Object.keys(secrets).map(ref),
    )
  const start = invoke('StartOrchestrator', [ownArn('lambda', `function:${names.rotateAlias}`)])
  return {
    ...secrets,
    [IDS.auditRole]: watcher(names.auditFunction, [start, ...selected, ...members, ...announce]),
    // Events of other accounts do not come here; nor is anything to be listed.
    [IDS.observeRole]: watcher(names.observeFunction, [
      ...selected.filter(({ Sid }) => Sid !== 'ListSecrets'),
      ...announce,
    ]),
  }
}
