import { LambdaClient } from '@aws-sdk/client-lambda'
import { type AuditReport, audit } from '../src/audit/audit.ts'
import { announcesInLog } from '../src/audit/finding.ts'
import { settingsFor } from '../src/aws/settings.ts'
import { bundledConfig } from '../src/config/bundled.ts'
import { namesOf } from '../src/config/names.ts'
import { announcesFindings } from '../src/notify/announce-findings.ts'
import { announcer } from '../src/notify/announcer.ts'
import { openAnnouncing } from '../src/notify/open-announcing.ts'
import { sparingly } from '../src/notify/sparingly.ts'
import { jsonLogger, logsTo } from '../src/rotation/logger.ts'
import { openWorld } from '../src/rotation/open-world.ts'
import { startsExecutions } from '../src/rotation/start-execution.ts'

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
