import type { Config } from '../config/config.ts'
import type { UnlocatedProblem } from '../config/problem.ts'
import type { StageSettings } from '../config/stage-settings.ts'
import { namesOf } from '../model/resource-names.ts'
import { alarms } from './alarms.ts'
import { dashboard } from './dashboard.ts'
import { auditMetrics, observeMetrics, rotateMetrics } from './metrics.ts'
import { reads } from './reads.ts'
import { roles } from './roles.ts'
import { runEnds } from './run-ends.ts'
import { schedules } from './schedules.ts'
import { checkLimits } from './stack-quotas.ts'
import { storage } from './storage.ts'
import { attribute, IDS, type Json, type Resources, ref } from './template.ts'

/** Everything of a stage's stack but the functions, which osls makes: functions.ts. Throws an Error where it cannot be. */
export function stackPieces(
  config: Config,
  settings: StageSettings,
): {
  Resources: Resources
  Outputs: { [name: string]: Json }
} {
  const names = namesOf(config.stage)
  const resources = {
    ...storage(names, settings),
    ...roles(config, settings),
    ...schedules(config, names),
    ...rotateMetrics(config.stage, { id: 'RotateLogGroup', name: `/aws/lambda/${names.rotateFunction}` }),
    ...auditMetrics(config.stage, { id: 'AuditLogGroup', name: `/aws/lambda/${names.auditFunction}` }),
    ...observeMetrics(config.stage, { id: 'ObserveLogGroup', name: `/aws/lambda/${names.observeFunction}` }),
    ...runEnds(config.stage, names),
    ...reads(config, names, settings),
    ...alarms(config, names),
    ...dashboard(config.stage, names),
  }
  checkLimits(resources)
  return {
    Resources: resources,
    Outputs: {
      ConfigVersion: { Description: 'Version of the deployed config', Value: config.version },
      RotateAlias: { Description: 'The orchestrator', Value: ref(IDS.rotateAlias) },
      RotateRole: {
        Description: 'Trusted by the roles of other accounts',
        Value: attribute(IDS.rotateRole, 'Arn'),
      },
      AuditRole: {
        Description: 'Trusted by the roles of other accounts, too',
        Value: attribute(IDS.auditRole, 'Arn'),
      },
      LedgerTable: { Value: ref(IDS.ledger) },
      AlertTopic: { Value: ref(IDS.alerts) },
      DeadLetterQueue: { Value: attribute(IDS.deadLetters, 'Arn') },
    },
  }
}

/**
 * `tourbillon-STAGE-observe-rule-1` is the longest name, and EventBridge takes 64 characters; osls and CloudFormation take
 * no other characters. Source: EventBridge API reference, PutRule, Name.
 */
const STAGE_NAME = /^[A-Za-z0-9-]{1,38}$/

/** What is wrong with the name of a stage, which is its file's. */
export function stageNameProblem(stage: string): { message: string; hint: string } | undefined {
  if (STAGE_NAME.test(stage)) return undefined
  return {
    message: `no stage of AWS can be called ${stage}, as this file is`,
    hint: 'rename the file: up to 38 letters A to Z, digits and hyphens',
  }
}

/** What keeps AWS from taking a valid config as one stack; undefined: nothing. */
export function stackProblem(config: Config, settings: StageSettings): UnlocatedProblem | undefined {
  const nameless = stageNameProblem(config.stage)
  if (nameless) return { path: [], ...nameless }
  try {
    stackPieces(config, settings)
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    const [message = '', hint = 'split the config in two stages'] = error.message.split(/\. (?=Split )/)
    return { path: ['schedules'], atKey: true, message, hint: hint.replace(/^S/, 's') }
  }
}
