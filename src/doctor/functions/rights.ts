import type { Check, CheckResult } from '../check.ts'
import { configurationOf, type FunctionFacts } from './facts.ts'
import type { Simulated } from './simulate.ts'

/** Source: Secrets Manager User Guide, rotating-secrets-required-permissions-function. */
export const functionRights: Check<FunctionFacts> = {
  name: 'function-rights',
  severity: 'broken',
  cause:
    'The function reads the secret, writes the new version and moves its labels with its own role’s rights. (A policy on the secret could grant them too; the simulation sees the role only.)',
  check(facts) {
    const role = configurationOf(facts)?.Role
    if (role !== undefined && 'found' in facts.rights && !facts.rights.found)
      return { symptom: `there is no role ${role}`, remedy: 'make it again, or give the function another' }
    return compareRights(facts, facts.rights, 'grant them to')
  },
}

/** Source: Secrets Manager User Guide, security-encryption and troubleshoot_rotation. */
export const functionKey: Check<FunctionFacts> = {
  name: 'function-key',
  severity: 'risk',
  cause:
    'A secret under a KMS key of your own is read and written with that key by the function’s role: "Access to KMS is not allowed". (The key’s own policy could grant it too; the simulation sees the role only.)',
  check: (facts) => compareRights(facts, facts.keyRights, 'allow kms:Decrypt and kms:GenerateDataKey to'),
}

/** What the simulation of a role has come to. `grant`: what to do, before the role's name. */
function compareRights(facts: FunctionFacts, rights: FunctionFacts['rights'], grant: string): CheckResult {
  const found = configurationOf(facts)
  if (!found) return undefined
  if ('unknown' in rights) return rights
  if (!rights.found) return undefined
  const lacking = rights.found.filter(({ allowed }) => !allowed)
  if (lacking.length === 0) return 'fine'
  if (lacking.every(({ unsure }) => unsure)) {
    return {
      unknown: 'iam:SimulatePrincipalPolicy: the role’s policies have conditions that cannot be simulated',
    }
  }
  return {
    symptom: `its role may not ${actionsText(lacking.filter(({ unsure }) => !unsure))}`,
    remedy: `${grant} ${found.Role}`,
  }
}

function actionsText(lacking: Simulated[]): string {
  const actions = [...new Set(lacking.map(({ action }) => action))].join(', ')
  const resources = [...new Set(lacking.map(({ resource }) => resource))]
  return `${actions} on ${resources[0]}${resources.length > 1 ? ` and ${resources.length - 1} more` : ''}`
}
