import type { DurableContext } from '@aws/durable-execution-sdk-js'
import type { Finding } from '../model/finding.ts'
import { createNotifier } from '../notify/notifier.ts'
import { createFindingsLog, createFindingsNotifier } from '../notify/notify-findings.ts'
import type { Ports } from '../rotation/ports.ts'
import { createLog } from './logger.ts'
import { openNotifierSettings } from './open-notifier.ts'
import { openPorts } from './open-ports.ts'
import type { Runtime } from './runtime.ts'

/** The ports of an execution that rotates. Clients are made once a process, and shared by all of them. */
export function openRotation(runtime: Runtime): (context: DurableContext) => Ports {
  const { config, env, ledgerTable, rotateFunction } = runtime
  const ports = openPorts(config, ledgerTable)
  const notifierSettings = openNotifierSettings(config, env)
  return (context) => {
    const { durableExecutionArn: executionArn } = context.executionContext
    context.configureLogger({ customLogger: runtime.logger({ executionArn }) })
    const log = createLog(context.logger)
    return {
      ...ports,
      executionArn,
      rotateFunction,
      notify: createNotifier({ ...notifierSettings, log }),
      log,
    }
  }
}

/** The ports of whoever watches what rotations and others have done: the audit, and `observe`. */
export function openWatcher(runtime: Runtime) {
  const { config, env, ledgerTable } = runtime
  const { secrets, secretsIn, notifiedFindings, ...ports } = openPorts(config, ledgerTable)
  const log = createLog(runtime.logger())
  const notifierSettings = { ...openNotifierSettings(config, env), log }
  const logFindings = createFindingsLog(log)
  const notifyAll = createFindingsNotifier({ ...notifierSettings, ledger: ports.ledger, notifiedFindings })
  return {
    ...ports,
    secretsAt: (place: Parameters<typeof secretsIn>[0] | undefined) => (place ? secretsIn(place) : secrets),
    notify: createNotifier(notifierSettings),
    async notifyFindings(findings: Finding[]) {
      await logFindings(findings)
      await notifyAll(findings)
    },
    log,
  }
}
