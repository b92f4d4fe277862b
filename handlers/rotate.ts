import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { parseRequest } from '../src/rotation/rotate-event.ts'
import { runPart, runWave } from '../src/rotation/run-wave.ts'
import { waveOf } from '../src/rotation/wave-request.ts'
import { openRotation } from '../src/runtime/handler-ports.ts'
import { openRuntime } from '../src/runtime/runtime.ts'

const runtime = openRuntime(process.env)
const portsOf = openRotation(runtime)

/** The orchestrator: a durable function, triggered by EventBridge Scheduler, by `rotateNow`, and by a larger wave. */
export const handler = withDurableExecution(async (event: unknown, context) => {
  const ports = portsOf(context)
  const request = parseRequest(event)
  if ('wave' in request) return runPart(context, request, ports)
  const { outcomes, duplicates, rotations, refused } = await runWave(
    context,
    waveOf(request, runtime.config),
    ports,
  )
  return { outcomes, duplicates, rotationIds: rotations.map(({ rotation }) => rotation.rotationId), refused }
})
