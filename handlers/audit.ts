import { LambdaClient } from '@aws-sdk/client-lambda'
import { type AuditReport, audit } from '../src/audit/audit.ts'
import { settingsFor } from '../src/aws/settings.ts'
import { startsExecutions } from '../src/aws/start-execution.ts'
import { announcesInLog } from '../src/model/finding.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { announcer } from '../src/notify/notifier.ts'
import { announcesFindings } from '../src/notify/notify-findings.ts'
import { sparingly } from '../src/notify/time-budget.ts'
import { bundledConfig } from '../src/runtime/bundled-config.ts'
import { jsonLogger, logsTo } from '../src/runtime/logger.ts'
import { openAnnouncing } from '../src/runtime/open-notifier.ts'
import { openWorld } from '../src/runtime/open-ports.ts'

const config = bundledConfig(process.env)
const names = namesOf(config.stage)
const { secrets, secretsIn, told, ...world } = openWorld(
  config,
  process.env.TOURBILLON_LEDGER_TABLE ?? names.ledgerTable,
)
const rotateFunction = process.env.TOURBILLON_ROTATE_FUNCTION ?? names.rotateAlias
const start = startsExecutions(
  new LambdaClient({ ...settingsFor('repeatable') }),
  rotateFunction,
  names.scheduleGroup,
)
const log = logsTo(jsonLogger({ configVersion: config.version }))
const announcing = { ...openAnnouncing(config, process.env), log }
const inLog = announcesInLog(log)
const toAll = announcesFindings({ ...announcing, ledger: world.ledger, told })

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
      ...world,
      secretsAt: (place) => (place ? secretsIn(place) : secrets),
      start,
      tell: sparingly(announcer(announcing), TELLING_MS, announcing),
      deadline: Date.now() + (context?.getRemainingTimeInMillis() ?? 300_000) - SPARE_MS,
      log,
    },
    async (findings) => {
      await inLog(findings)
      await toAll(findings)
    },
  )
