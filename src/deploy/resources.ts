import type { Config } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import { alarms } from './alarms.ts'
import { dashboard } from './dashboard.ts'
import { checkLimits } from './limits.ts'
import { statusMetrics } from './metrics.ts'
import { roles } from './roles.ts'
import { schedules } from './schedules.ts'
import { regionOf } from './secret-arn.ts'
import type { Settings } from './settings.ts'
import { storage } from './storage.ts'
import { attribute, IDS, type Json, type Resources, ref } from './template.ts'

export type StackInput = {
  config: Config
  settings: Settings
  region: string
  inVpc: boolean
  /** Epoch ms. */
  now: number
}

/** Everything of a stage's stack but the functions, which serverless.yml defines. Throws an Error where it cannot be. */
export function stackPieces(input: StackInput): { Resources: Resources; Outputs: { [name: string]: Json } } {
  const { config, settings, inVpc, now } = input
  checkRegions(input)
  const resources = {
    ...storage(config, settings),
    ...roles(config, settings, { inVpc }),
    ...schedules(config, now),
    ...statusMetrics(config.stage, `/aws/lambda/${namesOf(config.stage).rotateFunction}`),
    ...alarms(config.stage),
    ...dashboard(config.stage),
  }
  checkLimits(resources)
  return {
    Resources: resources,
    Outputs: {
      ConfigVersion: { Description: 'Version of the deployed config', Value: config.version },
      RotateAlias: { Description: 'The orchestrator', Value: ref(IDS.rotateAlias) },
      LedgerTable: { Value: ref(IDS.ledger) },
      AlertTopic: { Value: ref(IDS.alerts) },
      DeadLetterQueue: { Value: attribute(IDS.deadLetters, 'Arn') },
    },
  }
}

/** Rotation happens in the secret's own region: a stack elsewhere would look for it in vain, every time. */
function checkRegions({ config, region }: StackInput): void {
  for (const { name, secrets } of config.schedules) {
    const elsewhere = secrets.find((secret) => (regionOf(secret) ?? region) !== region)
    if (elsewhere === undefined) continue
    throw new Error(
      `schedule «${name}» rotates ${elsewhere}, but this deploys to ${region}: ` +
        `give it a stage of its own and deploy that with --region ${regionOf(elsewhere)}`,
    )
  }
}
