import type { Config } from '../../config/config.ts'
import type { StageSettings } from '../../config/stage-settings.ts'
import { watchesReads } from '../../model/adoption.ts'
import { handsOver } from '../../model/handover.ts'
import { namesOf } from '../../model/resource-names.ts'
import { settleTemplate } from '../osls-template.ts'
import { stackPieces } from '../resources.ts'
import type { Statement } from '../statements.ts'
import { PEOPLE, type Person } from './commands.ts'
import { callerStatements, type Deploy, stackStatements } from './deployer.ts'
import { documentsOf, type PolicyDocument, templateOf, type Where } from './documents.ts'
import { oslsResources } from './osls-resources.ts'
import { peopleStatements } from './people.ts'

/** Who may be given policies, and what for. */
export const ROLES = {
  deployer: { words: 'serverless deploy and remove' },
  operator: { words: words('operator', 'console') },
  approver: { words: words('approver') },
  reader: { words: words('reader', 'console (but hold, release, run)') },
  auditor: { words: words('auditor') },
  verifier: { words: words('verifier') },
  chat: { words: words('chat') },
} as const

export type Role = keyof typeof ROLES

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text)
}

/** `stack`: the deployer's alone. `more`: what a role's commands ask for that is not the stage's own. */
export type Stage = { config: Config; settings: StageSettings; stack: string; more?: Statement[] }

export type Permissions = { documents: PolicyDocument[]; where: Where; template?: object }

/** The policies of a role on a stage, and a template of them where one is asked for. @throws Error as `stackPieces` does */
export function permissionsOf(role: Role, stage: Stage, format: 'json' | 'cloudformation'): Permissions {
  const { config, settings, more = [] } = stage
  const { account, region } = settings
  const where: Where = { account, region, template: format === 'cloudformation' }
  const name = `${namesOf(config.stage).scheduleGroup}-${role}`
  const documents =
    role === 'deployer'
      ? deployerDocuments(name, stage, where)
      : documentsOf(
          name,
          ROLES[role].words,
          [...peopleStatements(role, { config, settings }), ...more],
          where,
        )
  const template =
    format === 'cloudformation' &&
    templateOf(documents, `Tourbillon ${config.stage}: policies of its ${role}`)
  return { documents, where, ...(template && { template }) }
}

/** What whoever deploys calls, and apart from it what CloudFormation does, which a service role may do instead. */
function deployerDocuments(name: string, stage: Stage, where: Where): PolicyDocument[] {
  const deploy = deployOf(stage)
  return [
    ...documentsOf(
      `${name}-calls`,
      'what serverless deploy and remove call',
      callerStatements(deploy),
      where,
    ),
    ...documentsOf(
      `${name}-stack`,
      'what CloudFormation does: by the same person, or by a service role instead',
      stackStatements(deploy),
      where,
    ),
  ]
}

function deployOf({ config, settings, stack }: Stage): Deploy {
  const own = stackPieces(config, settings).Resources
  const more = { watchesReads: watchesReads(config), handsOver: handsOver(config) }
  const resources = { ...own, ...oslsResources(namesOf(config.stage), settings, more) }
  settleTemplate(resources, settings)
  return { config, settings, resources, stack }
}

/** Commands without their options. */
function words(person: Person, ...more: string[]): string {
  const commands = new Set<string>(PEOPLE[person].map((it) => it.replace(/ .*/, '')))
  return [...commands, ...more].join(', ')
}
