import type { Check } from '../check.ts'
import { configured, type FunctionFacts } from './facts.ts'
import { type Simulated, withoutRight } from './simulate.ts'

/** Source: Secrets Manager User Guide, rotating-secrets-required-permissions-function. */
export const functionRights: Check<FunctionFacts> = {
  name: 'function-rights',
  severity: 'broken',
  cause:
    'The function reads the secret, writes the new version and moves its labels with its own role’s rights. (A policy on the secret could grant them too; the simulation sees the role only.)',
  judge(facts) {
    const role = configured(facts)?.Role
    if (role !== undefined && 'seen' in facts.rights && !facts.rights.seen)
      return { symptom: `there is no role ${role}`, remedy: 'make it again, or give the function another' }
    return judgeRights(facts, facts.rights, 'grant them to')
  },
}

/** Source: Secrets Manager User Guide, security-encryption and troubleshoot_rotation (aws-facts E, symptom 3). */
export const functionKey: Check<FunctionFacts> = {
  name: 'function-key',
  severity: 'risk',
  cause:
    'A secret under a KMS key of your own is read and written with that key by the function’s role: “Access to KMS is not allowed”. (The key’s own policy could grant it too; the simulation sees the role only.)',
  judge: (facts) => judgeRights(facts, facts.keyRights, 'allow kms:Decrypt and kms:GenerateDataKey to'),
}

function judgeRights(facts: FunctionFacts, rights: FunctionFacts['rights'], grant: string) {
  const found = configured(facts)
  if (!found) return undefined
  if ('unseen' in rights) return rights
  if (!rights.seen) return undefined
  const lacking = withoutRight(rights.seen)
  if (lacking.length === 0) return 'fine' as const
  if (lacking.every(({ unsure }) => unsure)) {
    return {
      unseen: 'iam:SimulatePrincipalPolicy: the role’s policies have conditions that cannot be simulated',
    }
  }
  return {
    symptom: `its role may not ${told(lacking.filter(({ unsure }) => !unsure))}`,
    remedy: `${grant} ${found.Role}`,
  }
}

function told(lacking: Simulated[]): string {
  const actions = [...new Set(lacking.map(({ action }) => action))].join(', ')
  const resources = [...new Set(lacking.map(({ resource }) => resource))]
  return `${actions} on ${resources[0]}${resources.length > 1 ? ` and ${resources.length - 1} more` : ''}`
}
