import { observationIn } from '../src/audit/observation.ts'
import { type Observed, observe } from '../src/audit/observe.ts'
import { bundledConfig } from '../src/config/bundled.ts'
import { namesOf } from '../src/config/names.ts'
import { announcer } from '../src/notify/announcer.ts'
import { openAnnouncing } from '../src/notify/open-announcing.ts'
import { jsonLogger } from '../src/rotation/logger.ts'
import { openWorld } from '../src/rotation/open-world.ts'

const config = bundledConfig(process.env)
const { secrets, secretsIn, ...world } = openWorld(
  config,
  process.env.TOURBILLON_LEDGER_TABLE ?? namesOf(config.stage).ledgerTable,
)
const logger = jsonLogger({ configVersion: config.version })
const log = (message: string, fields: object) => logger.info(message, fields)
const tell = announcer({ ...openAnnouncing(config, process.env), log })

/** Events of Secrets Manager, by EventBridge: rotations that we did not start, and how those that we did fail. */
export const handler = async (event: unknown): Promise<Observed | 'no event of ours'> => {
  const seen = observationIn(event)
  if (!seen) return 'no event of ours'
  return observe(seen, { ...world, secretsAt: (place) => (place ? secretsIn(place) : secrets), tell, log })
}
