import { announcesInLog, type Finding } from '../src/audit/finding.ts'
import { observationIn } from '../src/audit/observation.ts'
import { type Observed, observe } from '../src/audit/observe.ts'
import { observeEnd, runEndIn } from '../src/audit/run-end.ts'
import { bundledConfig } from '../src/config/bundled.ts'
import type { Place } from '../src/config/config.ts'
import { namesOf } from '../src/config/names.ts'
import { announcesFindings } from '../src/notify/announce-findings.ts'
import { announcer } from '../src/notify/announcer.ts'
import { openAnnouncing } from '../src/notify/open-announcing.ts'
import { jsonLogger, logsTo } from '../src/rotation/logger.ts'
import { openWorld } from '../src/rotation/open-world.ts'

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
