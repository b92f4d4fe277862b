import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { bundledConfig } from '../src/config/bundled.ts'
import { namesOf } from '../src/config/names.ts'
import { announcer } from '../src/notify/announcer.ts'
import { openAnnouncing } from '../src/notify/open-announcing.ts'
import { jsonLogger, logsTo } from '../src/rotation/logger.ts'
import { openWorld } from '../src/rotation/open-world.ts'
import { waveOf } from '../src/rotation/request.ts'
import { requestIn } from '../src/rotation/rotate-event.ts'
import { runPart, runWave } from '../src/rotation/wave.ts'

const config = bundledConfig(process.env)
const names = namesOf(config.stage)
const world = openWorld(config, process.env.TOURBILLON_LEDGER_TABLE ?? names.ledgerTable)
const announcing = openAnnouncing(config, process.env)
const rotateFunction = process.env.TOURBILLON_ROTATE_FUNCTION ?? names.rotateAlias

/** The orchestrator: a durable function, triggered by EventBridge Scheduler, by `rotateNow`, and by a larger wave. */
export const handler = withDurableExecution(async (event: unknown, context) => {
  const { durableExecutionArn: executionArn } = context.executionContext
  context.configureLogger({ customLogger: jsonLogger({ configVersion: config.version, executionArn }) })
  const log = logsTo(context.logger)
  const here = {
    ...world,
    executionArn,
    rotateFunction,
    tell: announcer({ ...announcing, log }),
    log,
  }
  const request = requestIn(event)
  if ('wave' in request) return runPart(context, request, here)
  const { outcomes, duplicates, rotations, refused } = await runWave(context, waveOf(request, config), here)
  return { outcomes, duplicates, rotationIds: rotations.map(({ rotation }) => rotation.rotationId), refused }
})
