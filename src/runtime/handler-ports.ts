import type { DurableContext } from '@aws/durable-execution-sdk-js'
import { CHANNELS } from '../aws/channels.ts'
import { openEventBus } from '../aws/event-bus.ts'
import type { Finding } from '../model/finding.ts'
import { createNotifier, type NotifierSettings } from '../notify/notifier.ts'
import { createNoticeSender } from '../notify/notify-ahead.ts'
import { createFindingsLog, createFindingsNotifier } from '../notify/notify-findings.ts'
import type { Ports } from '../rotation/ports.ts'
import { createLog } from './logger.ts'
import { openPorts } from './open-ports.ts'
import { openHandoverStarter, type Runtime } from './runtime.ts'

/** The ports of an execution that rotates. Clients are made once a process, and shared by all of them. */
export function openRotation(runtime: Runtime): (context: DurableContext) => Ports {
  const { config, ledgerTable, rotateFunction } = runtime
  const ports = openPorts(config, ledgerTable, { purpose: 'rotates' })
  const notifierSettings = openNotifierSettings(runtime)
  const startHandover = openHandoverStarter(runtime)
  return (context) => {
    const { durableExecutionArn: executionArn } = context.executionContext
    context.configureLogger({ customLogger: runtime.logger({ executionArn }) })
    const log = createLog(context.logger)
    return {
      ...ports,
      executionArn,
      rotateFunction,
      startHandover,
      notify: createNotifier({ ...notifierSettings, log }),
      log,
    }
  }
}

/** The ports of whoever watches what rotations and others have done: the audit, and `observe`. */
export function openWatcher(runtime: Runtime) {
  const { config, ledgerTable } = runtime
  const { secrets, secretsIn, notifiedFindings, ...ports } = openPorts(config, ledgerTable)
  const log = createLog(runtime.logger())
  const notifierSettings = { ...openNotifierSettings(runtime), log }
  const logFindings = createFindingsLog(log)
  const notifyAll = createFindingsNotifier({ ...notifierSettings, ledger: ports.ledger, notifiedFindings })
  return {
    ...ports,
    startHandover: openHandoverStarter(runtime),
    secretsAt: (place: Parameters<typeof secretsIn>[0] | undefined) => (place ? secretsIn(place) : secrets),
    notify: createNotifier(notifierSettings),
    sendNotice: createNoticeSender(notifierSettings),
    async notifyFindings(findings: Finding[]) {
      await logFindings(findings)
      await notifyAll(findings)
    },
    log,
  }
}

/** The lasting part of what a function announces with. serverless.yml names the stage's topic in the environment. */
export function openNotifierSettings({ config, env }: Runtime): Omit<NotifierSettings, 'log'> {
  const { AWS_REGION: region } = env
  if (region === undefined) throw new Error('AWS_REGION is not set: Lambda sets it, and texts name it')
  const channels = CHANNELS.map(({ open }) => open(env))
  return { config, region, eventBus: openEventBus(), channels, now: Date.now }
}
