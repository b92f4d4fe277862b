import { createCallerCheck } from '../src/aws/check-caller.ts'
import { type RotateNowAnswer, rotateNow } from '../src/rotation/rotate-now.ts'
import { recordsIn } from '../src/runtime/records.ts'
import { openRuntime, openStarter } from '../src/runtime/runtime.ts'

const runtime = openRuntime(process.env)
const { requests, callers } = recordsIn(runtime.ledgerTable)
const checkCaller = createCallerCheck(runtime.env, Date.now)
const start = openStarter(runtime)

/** On demand: a thin front of the orchestrator, so that people need no qualifier and no execution name. */
export const handler = (event: unknown): Promise<RotateNowAnswer> =>
  rotateNow(event, { config: runtime.config, now: Date.now(), requests, start, checkCaller, callers })
