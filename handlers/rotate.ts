import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { bundledConfig } from '../src/config/bundled.ts'
import { namesOf } from '../src/config/names.ts'
import { openWorld } from '../src/rotation/open-world.ts'
import { type RotateRequest, waveOf } from '../src/rotation/request.ts'
import { runWave } from '../src/rotation/wave.ts'

const config = bundledConfig(process.env)
const world = openWorld(config, process.env.TOURBILLON_LEDGER_TABLE ?? namesOf(config.stage).ledgerTable)

/** The orchestrator: a durable function, triggered by EventBridge Scheduler and by `rotateNow`. */
export const handler = withDurableExecution(async (request: RotateRequest, context) => {
  const ended = await runWave(context, waveOf(request, config), {
    ...world,
    executionArn: context.executionContext.durableExecutionArn,
    log: (message, fields) => context.logger.info({ message, configVersion: config.version, ...fields }),
  })
  return ended.map(({ rotation, duplicate }) => ({
    rotationId: rotation.rotationId,
    secret: rotation.secret,
    status: rotation.status,
    reason: rotation.reason,
    duplicate,
  }))
})
