import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { bundledConfig } from '../src/config/bundled.ts'
import { namesOf } from '../src/config/names.ts'
import { jsonLogger } from '../src/rotation/logger.ts'
import { openWorld } from '../src/rotation/open-world.ts'
import { type RotateRequest, waveOf } from '../src/rotation/request.ts'
import { runWave } from '../src/rotation/wave.ts'

const config = bundledConfig(process.env)
const world = openWorld(config, process.env.TOURBILLON_LEDGER_TABLE ?? namesOf(config.stage).ledgerTable)

/** The orchestrator: a durable function, triggered by EventBridge Scheduler and by `rotateNow`. */
export const handler = withDurableExecution(async (request: RotateRequest, context) => {
  const { durableExecutionArn: executionArn } = context.executionContext
  context.configureLogger({ customLogger: jsonLogger({ configVersion: config.version, executionArn }) })
  const ended = await runWave(context, waveOf(request, config), {
    ...world,
    executionArn,
    log: (message, fields) => context.logger.info(message, fields),
  })
  return ended.map(({ rotation: { rotationId, secret, status, reason }, duplicate }) => ({
    ...{ rotationId, secret, status, duplicate },
    ...(reason !== undefined && { reason }),
  }))
})
