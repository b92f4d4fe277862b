import { type AuditReport, audit } from '../src/audit/audit.ts'
import { withinTimeBudget } from '../src/notify/time-budget.ts'
import { openWatcher } from '../src/runtime/handler-ports.ts'
import { openReadHistory } from '../src/runtime/read-history.ts'
import { openRuntime, openStarter } from '../src/runtime/runtime.ts'

const runtime = openRuntime(process.env)
const ports = {
  ...openWatcher(runtime),
  start: openStarter(runtime),
  history: openReadHistory(runtime.config),
}

/** Time to move the watermark in, after the last look at a secret. */
const SPARE_MS = 15_000

/** Of a run's time, most that goes into telling of single rotations and approvals. */
const NOTIFYING_MS = 30_000

/** Every five minutes: what should have happened, and did not? */
export const handler = (
  _event?: unknown,
  context?: { getRemainingTimeInMillis(): number },
): Promise<AuditReport> =>
  audit({
    ...ports,
    notify: withinTimeBudget(ports.notify, NOTIFYING_MS, ports),
    deadline: Date.now() + (context?.getRemainingTimeInMillis() ?? 300_000) - SPARE_MS,
  })
