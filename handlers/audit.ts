import { LambdaClient } from '@aws-sdk/client-lambda'
import { type AuditReport, audit } from '../src/audit/audit.ts'
import { settingsFor } from '../src/aws/settings.ts'
import { createExecutionStarter } from '../src/aws/start-execution.ts'
import { createFindingsLog } from '../src/model/finding.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { createNotifier } from '../src/notify/notifier.ts'
import { createFindingsNotifier } from '../src/notify/notify-findings.ts'
import { withinTimeBudget } from '../src/notify/time-budget.ts'
import { bundledConfig } from '../src/runtime/bundled-config.ts'
import { createLog, jsonLogger } from '../src/runtime/logger.ts'
import { openNotifierSettings } from '../src/runtime/open-notifier.ts'
import { openPorts } from '../src/runtime/open-ports.ts'

const config = bundledConfig(process.env)
const names = namesOf(config.stage)
const { secrets, secretsIn, told, ...ports } = openPorts(
  config,
  process.env.TOURBILLON_LEDGER_TABLE ?? names.ledgerTable,
)
const rotateFunction = process.env.TOURBILLON_ROTATE_FUNCTION ?? names.rotateAlias
const start = createExecutionStarter(
  new LambdaClient({ ...settingsFor('repeatable') }),
  rotateFunction,
  names.scheduleGroup,
)
const log = createLog(jsonLogger({ configVersion: config.version }))
const notifierSettings = { ...openNotifierSettings(config, process.env), log }
const inLog = createFindingsLog(log)
const toAll = createFindingsNotifier({ ...notifierSettings, ledger: ports.ledger, told })

/** Time to move the watermark in, after the last look at a secret. */
const SPARE_MS = 15_000

/** Of a run's time, most that goes into telling of single rotations and approvals. */
const TELLING_MS = 30_000

/** Every five minutes: what should have happened, and did not? */
export const handler = (
  _event?: unknown,
  context?: { getRemainingTimeInMillis(): number },
): Promise<AuditReport> =>
  audit(
    {
      ...ports,
      secretsAt: (place) => (place ? secretsIn(place) : secrets),
      start,
      notify: withinTimeBudget(createNotifier(notifierSettings), TELLING_MS, notifierSettings),
      deadline: Date.now() + (context?.getRemainingTimeInMillis() ?? 300_000) - SPARE_MS,
      log,
    },
    async (findings) => {
      await inLog(findings)
      await toAll(findings)
    },
  )
