import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { namesOf } from '../src/model/resource-names.ts'
import { createNotifier } from '../src/notify/notifier.ts'
import { requestIn } from '../src/rotation/rotate-event.ts'
import { runPart, runWave } from '../src/rotation/wave.ts'
import { waveOf } from '../src/rotation/wave-request.ts'
import { bundledConfig } from '../src/runtime/bundled-config.ts'
import { createLog, jsonLogger } from '../src/runtime/logger.ts'
import { openNotifierSettings } from '../src/runtime/open-notifier.ts'
import { openPorts } from '../src/runtime/open-ports.ts'

const config = bundledConfig(process.env)
const names = namesOf(config.stage)
const ports = openPorts(config, process.env.TOURBILLON_LEDGER_TABLE ?? names.ledgerTable)
const notifierSettings = openNotifierSettings(config, process.env)
const rotateFunction = process.env.TOURBILLON_ROTATE_FUNCTION ?? names.rotateAlias

/** The orchestrator: a durable function, triggered by EventBridge Scheduler, by `rotateNow`, and by a larger wave. */
export const handler = withDurableExecution(async (event: unknown, context) => {
  const { durableExecutionArn: executionArn } = context.executionContext
  context.configureLogger({ customLogger: jsonLogger({ configVersion: config.version, executionArn }) })
  const log = createLog(context.logger)
  const here = {
    ...ports,
    executionArn,
    rotateFunction,
    notify: createNotifier({ ...notifierSettings, log }),
    log,
  }
  const request = requestIn(event)
  if ('wave' in request) return runPart(context, request, here)
  const { outcomes, duplicates, rotations, refused } = await runWave(context, waveOf(request, config), here)
  return { outcomes, duplicates, rotationIds: rotations.map(({ rotation }) => rotation.rotationId), refused }
})
