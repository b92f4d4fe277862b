import { LambdaClient } from '@aws-sdk/client-lambda'
import { settingsFor } from '../src/aws/settings.ts'
import { createExecutionStarter } from '../src/aws/start-execution.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { type RotateNowAnswer, rotateNow } from '../src/rotation/rotate-now.ts'
import { bundledConfig } from '../src/runtime/bundled-config.ts'
import { recordsIn } from '../src/runtime/open-ports.ts'

const config = bundledConfig(process.env)
const names = namesOf(config.stage)
const { requests } = recordsIn(process.env.TOURBILLON_LEDGER_TABLE ?? names.ledgerTable)
const start = createExecutionStarter(
  new LambdaClient({ ...settingsFor('repeatable') }),
  process.env.TOURBILLON_ROTATE_FUNCTION ?? names.rotateAlias,
  names.scheduleGroup,
)

/** On demand: a thin front of the orchestrator, so that people need no qualifier and no execution name. */
export const handler = (event: unknown): Promise<RotateNowAnswer> =>
  rotateNow(event, { config, now: Date.now(), requests, start })
