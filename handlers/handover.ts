import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { handOver, parseHandover } from '../src/handover/hand-over.ts'
import { openHandover } from '../src/runtime/handover-ports.ts'
import { openRuntime } from '../src/runtime/runtime.ts'

const portsOf = openHandover(openRuntime(process.env))

/** Hands over, after a rotation has succeeded: a durable function with a role of its own, named by the rotation's id. */
export const handler = withDurableExecution(async (event: unknown, context) =>
  handOver(context, parseHandover(event), portsOf(context)),
)
