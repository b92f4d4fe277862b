import type { Place } from '../src/config/config.ts'
import { announcesInLog, type Finding } from '../src/model/finding.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { announcer } from '../src/notify/notifier.ts'
import { announcesFindings } from '../src/notify/notify-findings.ts'
import { observationIn } from '../src/observe/observation.ts'
import { type Observed, observe } from '../src/observe/observe.ts'
import { observeEnd, runEndIn } from '../src/observe/run-end.ts'
import { bundledConfig } from '../src/runtime/bundled-config.ts'
import { jsonLogger, logsTo } from '../src/runtime/logger.ts'
import { openAnnouncing } from '../src/runtime/open-notifier.ts'
import { openWorld } from '../src/runtime/open-ports.ts'

const config = bundledConfig(process.env)
const { secrets, secretsIn, told, ...world } = openWorld(
  config,
  process.env.TOURBILLON_LEDGER_TABLE ?? namesOf(config.stage).ledgerTable,
)
const log = logsTo(jsonLogger({ configVersion: config.version }))
const announcing = { ...openAnnouncing(config, process.env), log }
const inLog = announcesInLog(log)
const toAll = announcesFindings({ ...announcing, ledger: world.ledger, told })
const here = {
  ...world,
  secretsAt: (place: Place | undefined) => (place ? secretsIn(place) : secrets),
  tell: announcer(announcing),
  announce: async (findings: Finding[]) => {
    await inLog(findings)
    await toAll(findings)
  },
  log,
}

/**
 * Events, by EventBridge: Secrets Manager's, of rotations that we did not start and of how those that we did fail; and
 * Lambda's, of runs of ours that have ended without having done their work.
 */
export const handler = async (event: unknown): Promise<Observed | 'run ended' | 'no event of ours'> => {
  const end = runEndIn(event)
  if (end) return observeEnd(end, here)
  const seen = observationIn(event)
  return seen ? observe(seen, here) : 'no event of ours'
}
