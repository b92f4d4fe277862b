import type { Check } from './check.ts'
import { functionChecks } from './functions/checks.ts'
import type { FunctionFacts } from './functions/facts.ts'
import { secretChecks, selectorChooses } from './secrets/checks.ts'
import type { SecretFacts, SelectorFacts } from './secrets/facts.ts'
import { holdForgotten, scheduleStands, stageChecks } from './stage/checks.ts'
import type { HoldFacts, ScheduleFacts, StageFacts } from './stage/facts.ts'

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
