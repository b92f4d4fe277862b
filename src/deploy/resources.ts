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
  inVpc: boolean
  /** Epoch ms. */
  now: number
}

/** Everything of a stage's stack but the functions, which serverless.yml defines. Throws an Error where it cannot be. */
export function stackPieces({ config, settings, inVpc, now }: StackInput): {
  Resources: Resources
  Outputs: { [name: string]: Json }
} {
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

/** Secrets that a stack in `region` would look for in vain: rotation happens in a secret's own region. */
export function secretsElsewhere(config: Config, region: string): string[] {
  return config.schedules.flatMap(({ name, secrets }) =>
    secrets
      .filter((secret) => (regionOf(secret) ?? region) !== region)
      .map(
        (secret) =>
          `schedule «${name}» rotates ${secret}, but this deploys to ${region}, where there is no such secret: ` +
          `give it a stage of its own, deployed with --region ${regionOf(secret)}`,
      ),
  )
}
