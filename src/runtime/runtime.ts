import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DurableLogger } from '@aws/durable-execution-sdk-js'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { settingsFor } from '../aws/settings.ts'
import { createExecutionStarter, type StartExecution } from '../aws/start-execution.ts'
import type { Config } from '../config/config.ts'
import { handsOver } from '../model/handover.ts'
import { namesOf } from '../model/resource-names.ts'
import { jsonLogger } from './logger.ts'

/**
 * What each handler finds in its environment. What most open of it stands in files of their own, so that a handler's
 * bundle has the clients that it uses, and no others.
 */
export type Runtime = {
  env: Record<string, string | undefined>
  config: Config
  ledgerTable: string
  /** The orchestrator's qualified name. */
  rotateFunction: string
  /** Its lines name the config's version, and these fields. */
  logger(fields?: Record<string, unknown>): DurableLogger
}

export function openRuntime(env: Runtime['env']): Runtime {
  const config = bundledConfig(env)
  const names = namesOf(config.stage)
  return {
    env,
    config,
    ledgerTable: env.TOURBILLON_LEDGER_TABLE ?? names.ledgerTable,
    rotateFunction: env.TOURBILLON_ROTATE_FUNCTION ?? names.rotateAlias,
    logger: (fields) => jsonLogger({ configVersion: config.version, ...fields }),
  }
}

/**
 * The compiled config that was packaged with the handlers: `config.json` beside them, or the file that
 * `TOURBILLON_CONFIG` names. Validated when it was compiled, so it is trusted here.
 */
function bundledConfig(env: Runtime['env']): Config {
  const file = env.TOURBILLON_CONFIG ?? join(env.LAMBDA_TASK_ROOT ?? '.', 'config.json')
  return JSON.parse(readFileSync(file, 'utf8')) as Config
}

/** Starts handing over, once for a rotation; undefined where the config names nobody to hand over to. */
export function openHandoverStarter({
  config,
}: Runtime): ((rotationId: string) => Promise<unknown>) | undefined {
  if (!handsOver(config)) return undefined
  const { handoverAlias, scheduleGroup } = namesOf(config.stage)
  const start = createExecutionStarter(
    new LambdaClient({ ...settingsFor('repeatable') }),
    handoverAlias,
    scheduleGroup,
  )
  return (rotationId) => start(`handover-${rotationId}`, { rotationId })
}

/** Starts the orchestrator. */
export function openStarter({ config, rotateFunction }: Runtime): StartExecution {
  const client = new LambdaClient({ ...settingsFor('repeatable') })
  return createExecutionStarter(client, rotateFunction, namesOf(config.stage).scheduleGroup)
}
