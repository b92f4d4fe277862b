import type { Config } from '../../config/config.ts'
import { namesOf } from '../../model/resource-names.ts'
import { PEOPLE, type Person } from './commands.ts'
import { documentsOf, type PolicyDocument, templateOf, type Where } from './documents.ts'
import { peopleStatements } from './people.ts'
import type { StageInput } from './targets.ts'

/** Who may be given policies, and what for. */
export const ROLES = {
  operator: { words: words('operator', 'console') },
  approver: { words: words('approver') },
  reader: { words: words('reader', 'console (but hold, release, run)') },
  auditor: { words: words('auditor') },
} as const

export type Role = keyof typeof ROLES

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text)
}

export type Permissions = { documents: PolicyDocument[]; where: Where; template?: object }

/** The policies of a role on a stage, and a template of them where one is asked for. */
export function permissionsOf(role: Role, config: Config, format: 'json' | 'cloudformation'): Permissions {
  const stage: StageInput = { config, settings: { rotationFunctions: ['SecretsManager*'] } }
  const where: Where = { template: format === 'cloudformation' }
  const name = `${namesOf(config.stage).scheduleGroup}-${role}`
  const documents = documentsOf(name, ROLES[role].words, peopleStatements(role, stage), where)
  const template =
    format === 'cloudformation' &&
    templateOf(documents, `Tourbillon ${config.stage}: policies of its ${role}`)
  return { documents, where, ...(template && { template }) }
}

/** Commands without their options. */
function words(person: Person, ...more: string[]): string {
  const commands = new Set<string>(PEOPLE[person].map((it) => it.replace(/ .*/, '')))
  return [...commands, ...more].join(', ')
}
