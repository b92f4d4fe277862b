import type { Opinion } from '../check.ts'
import { configured, type FunctionFacts } from './facts.ts'
import type { Simulated } from './simulate.ts'

/** What the simulation of a role has come to. `grant`: what to do, before the role's name. */
export function judgeRights(facts: FunctionFacts, rights: FunctionFacts['rights'], grant: string): Opinion {
  const found = configured(facts)
  if (!found) return undefined
  if ('unseen' in rights) return rights
  if (!rights.seen) return undefined
  const lacking = rights.seen.filter(({ allowed }) => !allowed)
  if (lacking.length === 0) return 'fine'
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
