import { observationIn } from '../src/observe/observation.ts'
import { type Observed, observe } from '../src/observe/observe.ts'
import { observeEnd, runEndIn } from '../src/observe/run-end.ts'
import { openWatcher } from '../src/runtime/handler-ports.ts'
import { openRuntime } from '../src/runtime/runtime.ts'

const ports = openWatcher(openRuntime(process.env))

/**
 * Events, by EventBridge: Secrets Manager's, of rotations that we did not start and of how those that we did fail; and
 * Lambda's, of runs of ours that have ended without having done their work.
 */
export const handler = async (event: unknown): Promise<Observed | 'run ended' | 'no event of ours'> => {
  const end = runEndIn(event)
  if (end) return observeEnd(end, ports)
  const seen = observationIn(event)
  return seen ? observe(seen, ports) : 'no event of ours'
}
