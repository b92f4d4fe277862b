import type { Check } from './check.ts'
import { functionChecks } from './functions/checks.ts'
import type { FunctionFacts } from './functions/facts.ts'
import { secretChecks } from './secrets/checks.ts'
import { type SelectorFacts, selectorChooses } from './secrets/chosen.ts'
import type { SecretFacts } from './secrets/facts.ts'
import { stageChecks } from './stage/checks.ts'
import type { StageFacts } from './stage/facts.ts'
import { type HoldFacts, holdForgotten } from './stage/holds.ts'
import { type ScheduleFacts, scheduleStands } from './stage/schedules.ts'

/** Every check, by what it looks at. */
export const checks: {
  stage: Check<StageFacts>[]
  schedule: Check<ScheduleFacts>[]
  hold: Check<HoldFacts>[]
  selector: Check<SelectorFacts>[]
  secret: Check<SecretFacts>[]
  function: Check<FunctionFacts>[]
} = {
  stage: stageChecks,
  schedule: [scheduleStands],
  hold: [holdForgotten],
  selector: [selectorChooses],
  secret: secretChecks,
  function: functionChecks,
}
