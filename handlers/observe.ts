import type { Place } from '../src/config/config.ts'
import { createFindingsLog, type Finding } from '../src/model/finding.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { createNotifier } from '../src/notify/notifier.ts'
import { createFindingsNotifier } from '../src/notify/notify-findings.ts'
import { observationIn } from '../src/observe/observation.ts'
import { type Observed, observe } from '../src/observe/observe.ts'
import { observeEnd, runEndIn } from '../src/observe/run-end.ts'
import { bundledConfig } from '../src/runtime/bundled-config.ts'
import { createLog, jsonLogger } from '../src/runtime/logger.ts'
import { openNotifierSettings } from '../src/runtime/open-notifier.ts'
import { openPorts } from '../src/runtime/open-ports.ts'

const config = bundledConfig(process.env)
const { secrets, secretsIn, told, ...ports } = openPorts(
  config,
  process.env.TOURBILLON_LEDGER_TABLE ?? namesOf(config.stage).ledgerTable,
)
const log = createLog(jsonLogger({ configVersion: config.version }))
const notifierSettings = { ...openNotifierSettings(config, process.env), log }
const inLog = createFindingsLog(log)
const toAll = createFindingsNotifier({ ...notifierSettings, ledger: ports.ledger, told })
const here = {
  ...ports,
  secretsAt: (place: Place | undefined) => (place ? secretsIn(place) : secrets),
  notify: createNotifier(notifierSettings),
  notifyFindings: async (findings: Finding[]) => {
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
