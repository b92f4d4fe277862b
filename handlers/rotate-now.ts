import { LambdaClient } from '@aws-sdk/client-lambda'
import { bundledConfig } from '../src/config/bundled.ts'
import { namesOf } from '../src/config/names.ts'
import { type RotateNowAnswer, type RotateNowEvent, rotateNow } from '../src/rotation/rotate-now.ts'
import { startsExecutions } from '../src/rotation/start-execution.ts'

const config = bundledConfig(process.env)
const start = startsExecutions(
  new LambdaClient({}),
  process.env.TOURBILLON_ROTATE_FUNCTION ?? namesOf(config.stage).rotateAlias,
)

/** On demand: a thin front of the orchestrator, so that people need no qualifier and no execution name. */
export const handler = (event: RotateNowEvent): Promise<RotateNowAnswer> =>
  rotateNow(event, { config, now: Date.now(), start })
