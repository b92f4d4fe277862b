import type { DurableContext } from '@aws/durable-execution-sdk-js'
import * as ecs from '@aws-sdk/client-ecs'
import { LambdaClient } from '@aws-sdk/client-lambda'
import * as ssm from '@aws-sdk/client-ssm'
import { openAutomations } from '../aws/automations.ts'
import { openEcsServices } from '../aws/ecs-services.ts'
import { createHookInvoker } from '../aws/invoke-hook.ts'
import { settingsFor, WAITS } from '../aws/settings.ts'
import type { HandoverPorts } from '../handover/ports.ts'
import { createFindingsLog, createFindingsNotifier } from '../notify/notify-findings.ts'
import { openNotifierSettings } from './handler-ports.ts'
import { createLog } from './logger.ts'
import { recordsIn } from './records.ts'
import type { Runtime } from './runtime.ts'

/** The ports of an execution that hands over. In a file of its own, for no other function has the clients of it. */
export function openHandover(runtime: Runtime): (context: DurableContext) => HandoverPorts {
  const { ledger, notifiedFindings } = recordsIn(runtime.ledgerTable)
  const notifierSettings = openNotifierSettings(runtime)
  const settings = settingsFor('repeatable')
  const clients = {
    sdk: ecs,
    client: new ecs.ECSClient({ ...settings }),
    once: new ecs.ECSClient({ ...settingsFor('once') }),
  }
  const automations = { sdk: ssm, client: new ssm.SSMClient({ ...settings }) }
  const lasting = {
    ledger,
    services: openEcsServices(clients),
    automations: openAutomations(automations),
    invoke: createHookInvoker(
      // Whoever calls sets the limit; and counts the calls.
      new LambdaClient(settingsFor('once', { ...WAITS, answerMs: Number.POSITIVE_INFINITY })),
    ),
    now: Date.now,
  }
  return (context) => {
    const { durableExecutionArn: executionArn } = context.executionContext
    context.configureLogger({ customLogger: runtime.logger({ executionArn }) })
    const log = createLog(context.logger)
    const notify = createFindingsNotifier({ ...notifierSettings, log, ledger, notifiedFindings })
    const note = createFindingsLog(log)
    return {
      ...lasting,
      log,
      async notifyFindings(findings) {
        await note(findings)
        await notify(findings)
      },
    }
  }
}
